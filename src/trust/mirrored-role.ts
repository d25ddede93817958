/** One role as it is mirrored: how it is delegated to, until when it may speak, and what it signed. */
import type { KeyId } from '../crypto/key-id.js';
import { isWritError, WritError } from '../errors.js';
import type { RepositoryView } from '../tuf/client/view.js';
import { isDelegated } from '../tuf/delegation.js';
import type { DelegatedRole, Targets } from '../tuf/model.js';
import { metadataFileName, TARGETS, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import { MirroredBins } from './mirrored-bins.js';
import { TargetTable, type TargetRow } from './target-table.js';

/** One step on the way from the top-level targets to a role. */
interface Link {
  readonly role: DelegatedRole;
  /** Terminating roles that the delegator lists before: for their paths, the search ends there. */
  readonly hiddenBy: readonly DelegatedRole[];
}

export interface MirroredRole {
  readonly name: RoleName;
  /** `missing`: nobody delegates to it. `expired`: it was expired when it was fetched, and is unknown. */
  readonly state: 'loaded' | 'expired' | 'missing';
  readonly links: readonly Link[];
  /** When it, or a delegator on the way to it, expires. */
  readonly expires: Date;
  /** 0 unless loaded. */
  readonly version: number;
  readonly signedBy: readonly KeyId[];
  /** Undefined unless loaded. */
  readonly table: TargetTable | undefined;
  /** Undefined for a role without hash bins. */
  readonly bins: MirroredBins | undefined;
  /** The versions that all of this was made from, by file name. */
  readonly basis: ReadonlyMap<string, number | undefined>;
}

/** What a role says of one path: itself, or the bin that speaks for it there. */
export interface Statement {
  readonly row: TargetRow | undefined;
  /** When the role, its bin, or a delegator on the way expires. */
  readonly expires: Date;
  /** True where what would say it was expired when it was fetched, and is unknown. */
  readonly unknown: boolean;
  readonly version: number;
  readonly signedBy: readonly KeyId[];
}

/** What the role says of `path`; whether it may is {@link speaksFor}. What it lists itself comes before its bins. */
export function statementOf(role: MirroredRole, path: string): Statement {
  const { table, bins, expires, version, signedBy } = role;
  const row = table?.get(path);
  const bin = row === undefined ? bins?.binOf(path) : undefined;
  if (bin === undefined) return { row, expires, version, signedBy, unknown: role.state === 'expired' };
  return {
    row: bin.table?.get(path),
    expires: earlier(expires, bin.expires),
    version: bin.version,
    signedBy: bin.signedBy,
    unknown: bin.table === undefined,
  };
}

/** True iff `path` is delegated to the role all the way, and no terminating role stands before it. */
export function speaksFor({ links }: MirroredRole, path: string): boolean {
  return links.every(
    ({ role, hiddenBy }) => isDelegated(role, path) && !hiddenBy.some(one => isDelegated(one, path)),
  );
}

/** True iff a mirror of `role` would be the same as `role`: none of the documents on the way to it has changed. */
export function isCurrent(role: MirroredRole, view: RepositoryView): boolean {
  return [...role.basis].every(([file, version]) => view.snapshot.value.meta.get(file)?.version === version);
}

/**
 * Fetches and verifies a role, and makes its table.
 *
 * @param name - `targets`, a role that it delegates to, or one below a role with which its name begins (`team/qa`)
 * @param before - the role as it was mirrored before: of its bins, those that have not changed are taken from it
 * @throws WritError as RepositoryView.delegated, other than for expiry, which concerns this role alone
 */
export async function mirrorRole(
  view: RepositoryView,
  name: RoleName,
  before?: MirroredRole,
): Promise<MirroredRole> {
  const walk = new Walk(view, name, before);
  return (await walk.from(view.targets, [], view.targets.value.expires)) ?? walk.missing();
}

/** The search for one role by its name. */
class Walk {
  readonly #view: RepositoryView;
  readonly #name: RoleName;
  readonly #before: MirroredRole | undefined;
  readonly #basis = new Map<string, number | undefined>();

  constructor(view: RepositoryView, name: RoleName, before: MirroredRole | undefined) {
    this.#view = view;
    this.#name = name;
    this.#before = before;
    this.#visit(TARGETS);
  }

  async from(
    document: Verified<Targets>,
    links: readonly Link[],
    expires: Date,
  ): Promise<MirroredRole | undefined> {
    if (document.role === this.#name) return this.#loaded(document, links, expires);
    const roles = document.value.delegations?.roles ?? [];
    for (const [i, role] of roles.entries()) {
      if (role.name !== this.#name && !this.#name.startsWith(`${role.name}/`)) continue;
      if (!this.#visit(role.name)) continue;
      const way = [...links, { role, hiddenBy: roles.slice(0, i).filter(({ terminating }) => terminating) }];
      const found = await this.#follow(document, role.name, way, expires);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  missing(): MirroredRole {
    return this.#unknown('missing', [], this.#view.now);
  }

  async #follow(
    delegator: Verified<Targets>,
    role: RoleName,
    links: readonly Link[],
    expires: Date,
  ): Promise<MirroredRole | undefined> {
    try {
      const document = await this.#view.delegated(delegator, role);
      return await this.from(document, links, earlier(expires, document.value.expires));
    } catch (error) {
      if (!isWritError(error, 'TUF_EXPIRED')) throw error;
      return this.#unknown('expired', links, new Date(String(error.details['expires'])));
    }
  }

  /** False when the role was visited before: cycles and diamonds end. */
  #visit(role: RoleName): boolean {
    const file = metadataFileName(role);
    if (this.#basis.has(file)) return false;
    if (this.#basis.size > this.#view.limits.delegations) {
      throw new WritError(
        'TUF_LIMIT',
        `the way to the role ${this.#name} has more than ${this.#basis.size} roles`,
      );
    }
    this.#basis.set(file, this.#view.snapshot.value.meta.get(file)?.version);
    return true;
  }

  async #loaded(document: Verified<Targets>, links: readonly Link[], expires: Date): Promise<MirroredRole> {
    const { value, signedBy } = document;
    const table = new TargetTable(value.targets);
    const keys = signedBy.map(({ id }) => id);
    const bins = await MirroredBins.of(this.#view, document, this.#binsBefore(value.version));
    for (const [file, version] of bins?.versions() ?? []) this.#basis.set(file, version);
    const common = { name: this.#name, state: 'loaded', links, expires, basis: this.#basis } as const;
    return { ...common, version: value.version, signedBy: keys, table, bins };
  }

  /** Bins are verified by the keys of this document: those of another version of it are verified anew. */
  #binsBefore(version: number): MirroredBins | undefined {
    return this.#before?.version === version ? this.#before.bins : undefined;
  }

  #unknown(state: 'expired' | 'missing', links: readonly Link[], expires: Date): MirroredRole {
    const none = { version: 0, signedBy: [], table: undefined, bins: undefined };
    return { name: this.#name, state, links, expires, basis: this.#basis, ...none };
  }
}

/** The earlier of two dates. */
export const earlier = (a: Date, b: Date): Date => (b < a ? b : a);
