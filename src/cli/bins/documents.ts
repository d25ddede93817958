/** The documents of hash bins, as their owner reads and makes them. */
import { isWritError } from '../../errors.js';
import { canonicalText } from '../../json/canonical.js';
import type { JsonObject } from '../../json/types.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import type { Pin } from '../../trust/pins.js';
import { binName, isBinName } from '../../tuf/bins.js';
import { last, searchRoles } from '../../tuf/client/search.js';
import { delegateOne } from '../../tuf/delegation.js';
import { loadTargets } from '../../tuf/client/load-targets.js';
import { startSession } from '../../tuf/client/session.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import { writeTargetFile } from '../../tuf/format/tuf1-write.js';
import type { SuccinctRoles, TargetFile, Targets } from '../../tuf/model.js';
import type { Fetcher, MetadataStore } from '../../tuf/ports.js';
import { metadataFileName, type RoleName } from '../../tuf/role-name.js';
import type { Verified } from '../../tuf/verified.js';
import { currentRole } from '../role-signers.js';
import { fetcherOf } from '../trusted.js';

export type Entries = ReadonlyMap<string, TargetFile>;

/** Targets that are to be signed, each made from what is signed under its path before. */
export interface NewEntries {
  readonly entries: Entries;
  readonly merge: (path: string, entry: TargetFile, before: TargetFile | undefined) => TargetFile;
}

/** One pass over the map, however many targets there are. */
export function withEntries(current: Targets['targets'], { entries, merge }: NewEntries): Targets['targets'] {
  const targets = new Map(current);
  for (const [path, entry] of entries) targets.set(path, merge(path, entry, current.get(path)));
  return targets;
}

/** The bins of one role, as a refresh found them. */
export interface BinSource {
  readonly view: RepositoryView;
  readonly fetcher: Fetcher;
  readonly delegator: Verified<Targets>;
  readonly succinct: SuccinctRoles;
}

/** The bins that the current document of `role` delegates to, if it does. @throws WritError as currentRole */
export async function binsOfRole(
  view: RepositoryView,
  pin: Pin,
  role: RoleName,
): Promise<BinSource | undefined> {
  const { document: delegator } = await currentRole(view, role);
  const succinct = delegator.value.delegations?.succinct;
  return succinct && { view, fetcher: fetcherOf(pin.source), delegator, succinct };
}

/** The bins that `name` is one of, if it is. @throws WritError as RepositoryView.delegated */
export async function binsWith(
  view: RepositoryView,
  pin: Pin,
  name: RoleName,
): Promise<BinSource | undefined> {
  return searchRoles<BinSource>(view, {
    follow: ({ roles }) => roles.map(role => delegateOne(role.name, false)), // not for a path: none hides another
    find: trail => {
      const delegator = last(trail);
      const succinct = delegator.value.delegations?.succinct;
      if (succinct === undefined || !isBinName(succinct, name)) return undefined;
      return { view, fetcher: fetcherOf(pin.source), delegator, succinct };
    },
    agree: () => undefined,
  });
}

/** Thousands of bins that are changed once are not worth a durable file each. */
const NO_STORE: MetadataStore = {
  load: () => Promise.resolve(null),
  save: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/** Reading thousands of bins takes minutes: one answer that was lost on the way must not end it. */
const READ_ATTEMPTS = 3;

/** The current document of a bin, verified. @throws WritError as loadTargets */
export async function readBin(
  { view, fetcher, delegator }: BinSource,
  bin: RoleName,
): Promise<Verified<Targets>> {
  const { root, snapshot, limits, now } = view;
  const session = startSession({ fetcher, store: NO_STORE, limits, clock: { now: () => now } });
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadTargets({ session, root, snapshot }, delegator, bin);
    } catch (error) {
      if (attempt === READ_ATTEMPTS || !isWritError(error, 'FETCH_TIMEOUT', 'FETCH_UNREACHABLE')) throw error;
    }
  }
}

/** Which of the targets belong to which bin. */
export function groupByBin(
  succinct: SuccinctRoles,
  entries: Iterable<readonly [string, TargetFile]>,
): Map<RoleName, Map<string, TargetFile>> {
  const groups = new Map<RoleName, Map<string, TargetFile>>();
  for (const [path, target] of entries) {
    const bin = binName(succinct, path);
    const group = groups.get(bin);
    if (group === undefined) groups.set(bin, new Map([[path, target]]));
    else group.set(path, target);
  }
  return groups;
}

/** The signed part of the first version of a bin: what was there under its name before is not its past. */
export function firstBin(view: RepositoryView, bin: RoleName, targets: Entries, expires: Date): JsonObject {
  const version = (view.snapshot.value.meta.get(metadataFileName(bin))?.version ?? 0) + 1;
  return buildTargets({ version, expires, targets });
}

/** True iff `targets` do not say all of `added` yet. */
export const lacks = (targets: Entries, added: Entries): boolean =>
  [...added].some(([path, target]) => !isSame(targets.get(path), target));

function isSame(before: TargetFile | undefined, after: TargetFile): boolean {
  return (
    before !== undefined && canonicalText(writeTargetFile(before)) === canonicalText(writeTargetFile(after))
  );
}
