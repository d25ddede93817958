/** The hash bins to which a mirrored role delegates: they speak for it, each for its own paths. TAP 15. */
import type { KeyId } from '../crypto/key-id.js';
import { isWritError } from '../errors.js';
import type { Digest } from '../image/digest.js';
import { binCount, binName, binNameOf } from '../tuf/bins.js';
import type { RepositoryView } from '../tuf/client/view.js';
import type { SuccinctRoles, Targets } from '../tuf/model.js';
import { metadataFileName, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import { TargetTable } from './target-table.js';

/** All of them are kept in memory: a decision asks no server. Of more bins than this, none is mirrored. */
const MAX_BINS = 4096;
const PARALLEL = 8;

export interface MirroredBin {
  /** When it expires, or did: an expired one is not read. */
  readonly expires: Date;
  readonly version: number;
  readonly signedBy: readonly KeyId[];
  /** Undefined for a bin that was expired when it was fetched. */
  readonly table: TargetTable | undefined;
}

export class MirroredBins {
  readonly #succinct: SuccinctRoles;
  readonly #bins: ReadonlyMap<RoleName, MirroredBin>;

  private constructor(succinct: SuccinctRoles, bins: ReadonlyMap<RoleName, MirroredBin>) {
    this.#succinct = succinct;
    this.#bins = bins;
  }

  /**
   * Fetches and verifies every bin that has another version than in `before`.
   *
   * @param before - the bins of the same document, from the refresh before
   * @returns undefined for a document that delegates to no bins, or to more than are mirrored
   * @throws WritError as RepositoryView.delegated, other than for expiry, which concerns one bin alone
   */
  static async of(
    view: RepositoryView,
    delegator: Verified<Targets>,
    before: MirroredBins | undefined,
  ): Promise<MirroredBins | undefined> {
    const succinct = delegator.value.delegations?.succinct;
    if (succinct === undefined || binCount(succinct) > MAX_BINS) return undefined;
    const names = Array.from({ length: binCount(succinct) }, (_, number) => binNameOf(succinct, number));
    const bins = new Map<RoleName, MirroredBin>();
    const queue = names.values();
    const work = async (): Promise<void> => {
      for (const name of queue) {
        const known = before && before.#bins.get(name);
        const isKnown = known?.version === versionIn(view, name);
        bins.set(name, known !== undefined && isKnown ? known : await mirrorBin(view, delegator, name));
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return new MirroredBins(succinct, bins);
  }

  /** The one bin that may speak for `path`. */
  binOf(path: string): MirroredBin | undefined {
    return this.#bins.get(binName(this.#succinct, path));
  }

  /** The version of each bin, by file name. */
  *versions(): Generator<readonly [file: string, version: number]> {
    for (const [name, { version }] of this.#bins) yield [metadataFileName(name), version];
  }

  get size(): number {
    let sum = 0;
    for (const { table } of this.#bins.values()) sum += table?.size ?? 0;
    return sum;
  }

  /** The paths with this digest, each from its own bin. */
  pathsOf(digest: Digest): string[] {
    return [...this.#bins.values()].flatMap(bin =>
      (bin.table?.pathsOf(digest) ?? []).filter(path => this.binOf(path) === bin),
    );
  }

  /** Every path with its digest. */
  *entries(): Generator<readonly [path: string, digest: Digest]> {
    for (const { table } of this.#bins.values()) if (table !== undefined) yield* table.entries();
  }
}

const versionIn = (view: RepositoryView, role: RoleName): number | undefined =>
  view.snapshot.value.meta.get(metadataFileName(role))?.version;

async function mirrorBin(
  view: RepositoryView,
  delegator: Verified<Targets>,
  name: RoleName,
): Promise<MirroredBin> {
  try {
    const { value, signedBy } = await view.delegated(delegator, name);
    const table = new TargetTable(value.targets);
    return { expires: value.expires, version: value.version, signedBy: signedBy.map(({ id }) => id), table };
  } catch (error) {
    if (!isWritError(error, 'TUF_EXPIRED')) throw error;
    const expires = new Date(String(error.details['expires']));
    return { expires, version: versionIn(view, name) ?? 0, signedBy: [], table: undefined };
  }
}
