/** What a verified repository says: its targets by role, its delegations, and who signed. client/reader.go. */
import type { KeyId } from '../crypto/key-id.js';
import type { NotaryKey } from '../crypto/notary-key.js';
import type { PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import type { DelegatedRole, Keys, TargetFile, UnusableKey } from '../tuf/model.js';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP, typeOfRole, type RoleName } from '../tuf/role-name.js';
import { mayName, prefixesOf, speakersBelow, TOP, type Speaker } from './delegates.js';
import type { NotaryState } from './update.js';

/** A target, and the role that says it. */
export interface NotaryTarget {
  readonly name: string;
  readonly role: RoleName;
  readonly file: TargetFile;
}

/** A delegation as people see it: key ids are those of the bare keys, as the files of private keys are named. */
export interface NotaryDelegation {
  readonly name: RoleName;
  readonly paths: readonly string[];
  readonly keyIds: readonly KeyId[];
  readonly threshold: number;
}

/** A role, the keys that may sign for it, and those that did. */
export interface NotaryRole extends NotaryDelegation {
  /** Bare ids of the keys whose signatures counted; empty for a role that nothing is published of. */
  readonly signedBy: readonly KeyId[];
}

/** The id that the file of a key's private half has: that of the bare key, also where a certificate holds it. */
export function canonicalIdOf(key: PublicKey | NotaryKey | UnusableKey | undefined, id: KeyId): KeyId {
  return key !== undefined && 'canonicalId' in key ? key.canonicalId : id;
}

export class NotaryCollection {
  readonly state: NotaryState;

  constructor(state: NotaryState) {
    this.state = state;
  }

  /**
   * The targets that `roles` and the roles below them say, each name once: the role that is named first counts, and
   * within it a role before those below it.
   *
   * @param roles - `targets` when none is given
   */
  targets(roles: readonly RoleName[] = []): NotaryTarget[] {
    const found = new Map<string, NotaryTarget>();
    for (const target of this.#asked(roles, undefined)) {
      if (!found.has(target.name)) found.set(target.name, target);
    }
    return [...found.values()];
  }

  /**
   * One target, as {@link targets} would list it.
   *
   * @throws WritError NOTARY_TARGET when no role says it
   */
  target(name: string, roles: readonly RoleName[] = []): NotaryTarget {
    for (const target of this.#asked(roles, name)) return target;
    throw new WritError('NOTARY_TARGET', `No valid trust data for ${name}`);
  }

  /** Every role's targets, those of the same name in several roles included: who signed what. */
  allTargets(name?: string): NotaryTarget[] {
    return this.#speakers().flatMap(speaker => [...this.#said(speaker, name)]);
  }

  /** All delegations, also those that nothing is published of yet, parents first. */
  delegations(): NotaryDelegation[] {
    return this.#speakers().flatMap(({ role }) => {
      const delegations = this.state.targets.get(role)?.value.delegations;
      return delegations === undefined ? [] : delegations.roles.map(one => describe(one, delegations.keys));
    });
  }

  /** The four top-level roles and all delegations, with the keys that signed what is current. */
  roles(): NotaryRole[] {
    const { root, snapshot, timestamp } = this.state;
    const signed = new Map<RoleName, readonly PublicKey[]>([
      [ROOT, root.signedBy],
      [SNAPSHOT, snapshot.signedBy],
      [TIMESTAMP, timestamp.signedBy],
      ...Array.from(this.state.targets, ([role, { signedBy }]) => [role, signedBy] as const),
    ]);
    const top = [ROOT, TARGETS, SNAPSHOT, TIMESTAMP].map((name): NotaryDelegation => {
      const { keyIds, threshold } = root.value.roles[typeOfRole(name)];
      const paths = name === TARGETS ? [''] : [];
      return { name, paths, threshold, keyIds: canonicalIds(keyIds, root.value.keys) };
    });
    return [...top, ...this.delegations()].map(role => ({
      ...role,
      signedBy: (signed.get(role.name) ?? []).map(key => canonicalIdOf(key, key.id)),
    }));
  }

  /** What `roles` and those below them say of `name`, or of all names, in order of precedence. */
  *#asked(roles: readonly RoleName[], name: string | undefined): Generator<NotaryTarget> {
    const asked = roles.length === 0 ? [TARGETS] : roles;
    for (const role of asked) {
      const others = asked.filter(other => other !== role);
      for (const speaker of this.#walk(role, others)) yield* this.#said(speaker, name);
    }
  }

  /** The targets of one role that it may speak for. */
  *#said({ role, prefixes }: Speaker, name: string | undefined): Generator<NotaryTarget> {
    const said = this.state.targets.get(role)?.value.targets ?? new Map<string, TargetFile>();
    const one = name === undefined ? undefined : said.get(name);
    const entries = name === undefined ? said : one === undefined ? [] : [[name, one] as const];
    for (const [target, file] of entries) {
      if (mayName(prefixes, target)) yield { name: target, role, file };
    }
  }

  #speakers(): Speaker[] {
    return [...this.#walk(TARGETS, [])];
  }

  /** `from` and the roles below it, level by level; `without` and what is below them left out. tuf.go, WalkTargets. */
  *#walk(from: RoleName, without: readonly RoleName[]): Generator<Speaker> {
    const open: Speaker[] = [TOP];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const document = this.state.targets.get(next.role);
      if (document === undefined) continue;
      if (!from.startsWith(`${next.role}/`)) {
        if (next.role !== from && !next.role.startsWith(`${from}/`)) continue;
        if (without.includes(next.role)) continue;
        yield next;
      }
      open.push(...speakersBelow(next, document.value.delegations));
    }
  }
}

const canonicalIds = (ids: readonly KeyId[], keys: Keys): KeyId[] =>
  ids.map(id => canonicalIdOf(keys.get(id), id));

const describe = (role: DelegatedRole, keys: Keys): NotaryDelegation => ({
  name: role.name,
  paths: prefixesOf(role),
  keyIds: canonicalIds(role.keyIds, keys),
  threshold: role.threshold,
});
