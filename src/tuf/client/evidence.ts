/** What stands behind a found target: every document that was verified for it, by which keys, and until when it holds. */
import type { PublicKey } from '../../crypto/public-key.js';
import type { RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import type { FoundTarget } from './find-target.js';
import type { RepositoryView } from './view.js';

export interface VerifiedPart {
  readonly role: RoleName;
  readonly version: number;
  readonly expires: Date;
  /** The keys whose signatures counted, each key once. */
  readonly signedBy: readonly PublicKey[];
}

export interface Evidence {
  /** Root, timestamp, snapshot, then the targets documents on every way to the target; none twice. */
  readonly parts: readonly VerifiedPart[];
  /** When the first of them expires. */
  readonly validUntil: Date;
}

/** The evidence for a target that `findTarget` found in this view. */
export function evidenceFor({ root, timestamp, snapshot }: RepositoryView, found: FoundTarget): Evidence {
  const trails = [found, ...found.agreeing].flatMap(({ trail }) => trail);
  const parts = [...new Set<Verified<Expiring>>([root, timestamp, snapshot, ...trails])].map(toPart);
  return { parts, validUntil: new Date(Math.min(...parts.map(({ expires }) => expires.getTime()))) };
}

interface Expiring {
  readonly version: number;
  readonly expires: Date;
}

function toPart({ role, value, signedBy }: Verified<Expiring>): VerifiedPart {
  return { role, version: value.version, expires: value.expires, signedBy };
}
