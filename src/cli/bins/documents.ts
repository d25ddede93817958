/** The documents of hash bins, as their owner reads and makes them. */
import { canonicalText } from '../../json/canonical.js';
import type { JsonObject } from '../../json/types.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import { binName } from '../../tuf/bins.js';
import { loadTargets } from '../../tuf/client/load-targets.js';
import { startSession } from '../../tuf/client/session.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import { writeTargetFile } from '../../tuf/format/tuf1-write.js';
import type { SuccinctRoles, TargetFile, Targets } from '../../tuf/model.js';
import type { Fetcher, MetadataStore } from '../../tuf/ports.js';
import { metadataFileName, type RoleName } from '../../tuf/role-name.js';
import type { Verified } from '../../tuf/verified.js';

export type Entries = ReadonlyMap<string, TargetFile>;

/** The bins of one role, as a refresh found them. */
export interface BinSource {
  readonly view: RepositoryView;
  readonly fetcher: Fetcher;
  readonly delegator: Verified<Targets>;
  readonly succinct: SuccinctRoles;
}

/** Thousands of bins that are changed once are not worth a durable file each. */
const NO_STORE: MetadataStore = {
  load: () => Promise.resolve(null),
  save: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/** The current document of a bin, verified. @throws WritError as loadTargets */
export function readBin({ view, fetcher, delegator }: BinSource, bin: RoleName): Promise<Verified<Targets>> {
  const { root, snapshot, limits, now } = view;
  const session = startSession({ fetcher, store: NO_STORE, limits, clock: { now: () => now } });
  return loadTargets({ session, root, snapshot }, delegator, bin);
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

/** True iff a bin does not say all of `added` yet. */
export function lacks(current: Targets, added: Entries): boolean {
  return [...added].some(([path, target]) => !isSame(current.targets.get(path), target));
}

/** The signed part of the next version of a bin. */
export function nextBin(current: Targets, added: Entries, expires: Date): JsonObject {
  const targets = new Map([...current.targets, ...added]);
  return buildTargets({ ...current, version: current.version + 1, expires, targets });
}

function isSame(before: TargetFile | undefined, after: TargetFile): boolean {
  return (
    before !== undefined && canonicalText(writeTargetFile(before)) === canonicalText(writeTargetFile(after))
  );
}
