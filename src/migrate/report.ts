/** What a migration did, and what it left out. */
import type { LeftOut } from '../repository/notary/import-history.js';
import type { OnlineRole } from '../repository/notary/online.js';

export interface RepositoryReport {
  readonly name: string;
  readonly outcome: 'imported' | 'updated' | 'unchanged' | 'left out';
  /** Documents that are here now. */
  readonly documents: number;
  /** Why the whole repository was left out. */
  readonly why?: string;
  readonly leftOut: readonly LeftOut[];
  /** Served as it is until then: the service has no key for its timestamp. */
  readonly frozenUntil?: Date;
  readonly mustRotate: readonly OnlineRole[];
}

/** A private key that was left out. */
export interface KeyLeftOut {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly why: string;
}

export interface MigrationReport {
  readonly repositories: readonly RepositoryReport[];
  readonly keys: { readonly imported: number; readonly leftOut: readonly KeyLeftOut[] };
  readonly changes: {
    readonly imported: number;
    /** False when the feed here went on by itself before: its ids are its own. */
    readonly sameIds: boolean;
    /** Ids of changes that do not say what was stored. */
    readonly leftOut: readonly number[];
  };
  /** Repositories that were deleted there after they were taken over; they are served here still. */
  readonly deletedThere: readonly string[];
}

/** Told while a migration runs. */
export interface Progress {
  readonly repository: (report: RepositoryReport, done: number, total: number) => void;
}

/** Whether everything was taken. */
export const isWhole = ({ repositories, keys, changes }: MigrationReport): boolean =>
  repositories.every(({ outcome, leftOut }) => outcome !== 'left out' && leftOut.length === 0) &&
  keys.leftOut.length === 0 &&
  changes.leftOut.length === 0;
