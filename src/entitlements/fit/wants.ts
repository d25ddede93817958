/** What a file asks for, right by right, and whether a profile gives it. */
import { subtract, UNIVERSE } from '../cubes.js';
import type { Grants } from '../grants.js';
import type { Cube, DeviceRule, Effects, Freedom, ItemKind, Resource, SyscallRule } from '../model.js';
import type { CallPolicy, Profile } from '../profile.js';

export type Right =
  | { readonly kind: 'capability'; readonly name: string }
  /** A namespace of the node, shared. */
  | { readonly kind: 'namespace'; readonly type: string }
  | { readonly kind: 'freedom'; readonly freedom: Freedom }
  | { readonly kind: 'unmasked'; readonly path: string }
  | { readonly kind: 'writable'; readonly path: string }
  | { readonly kind: 'device'; readonly rule: DeviceRule }
  /** A call with the arguments in any of these cubes. */
  | { readonly kind: 'call'; readonly name: string; readonly cubes: readonly Cube[] }
  | { readonly kind: 'item'; readonly of: ItemKind; readonly text: string }
  /** Whole units, as grants count; ∞ is no limit. */
  | { readonly kind: 'limit'; readonly of: Resource; readonly amount: number };

export interface Want {
  /** Where in the file: `spec.containers[0].securityContext.privileged`. */
  readonly from: string;
  readonly right: Right;
}

/** What a file asks for that no grant stands for. */
export interface Beyond {
  readonly from: string;
  readonly why: string;
}

/** One container as a file describes it. */
export interface Asked {
  readonly container: string;
  readonly wants: readonly Want[];
  /** True iff the file holds a filter, so that the wanted calls are all there are. */
  readonly filtered: boolean;
  readonly beyond: readonly Beyond[];
  /** What the file does not say, so that the grants cannot be read from it. */
  readonly unsaid: readonly string[];
}

/** A right in a few words. */
export function describeRight(right: Right): string {
  switch (right.kind) {
    case 'capability':
      return right.name;
    case 'namespace':
      return `the ${right.type} namespace of the node`;
    case 'freedom':
      return right.freedom;
    case 'unmasked':
      return `${right.path} shown`;
    case 'writable':
      return `${right.path} writable`;
    case 'device':
      return `devices ${right.rule.type}:${right.rule.access}`;
    case 'call':
      return right.name;
    case 'item':
      return `${right.of} ${right.text}`;
    case 'limit':
      return `${right.of} ${right.amount}`;
  }
}

/** Answers whether a profile gives a right; made once for a profile. */
export class Given {
  readonly #profile: Profile;
  readonly #calls: ReadonlyMap<string, CallPolicy>;
  readonly #shared: ReadonlySet<string>;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#calls = new Map(profile.parts.calls.map(call => [call.name, call]));
    this.#shared = new Set(profile.parts.contributions.flatMap(({ effects }) => effects.shares));
  }

  gives(right: Right): boolean {
    const { parts } = this.#profile;
    switch (right.kind) {
      case 'capability':
        return parts.capabilities.includes(right.name);
      case 'namespace':
        return this.#shared.has(right.type);
      case 'freedom':
        return parts.freedoms.has(right.freedom);
      case 'unmasked':
        return !parts.maskedPaths.includes(right.path);
      case 'writable':
        return !parts.readonlyPaths.includes(right.path);
      case 'device':
        return parts.devices.some(rule => coversDevice(rule, right.rule));
      case 'call':
        return permits(this.#calls.get(right.name), right.cubes);
      case 'item':
        return coversItem(parts.grants, right);
      case 'limit':
        return (parts.limits.get(right.of) ?? Infinity) >= right.amount;
    }
  }
}

/** An item of the open set of its kind. */
const coversItem = (
  grants: Grants,
  { of, text }: { readonly of: ItemKind; readonly text: string },
): boolean =>
  [...grants.catalogue.domains.values()].some(
    domain => domain.kind === 'items' && domain.of === of && grants.covers(domain.name, text),
  );

const coversDevice = (rule: DeviceRule, asked: DeviceRule): boolean =>
  rule.type === asked.type && [...asked.access].every(letter => rule.access.includes(letter));

function permits(policy: CallPolicy | undefined, cubes: readonly Cube[]): boolean {
  if (policy === undefined || policy.permits === 'never') return false;
  return policy.permits === 'always' || subtract(cubes, policy.permits).length === 0;
}

/** What was asked for, asked the other way round: whether a level opens nothing else. */
export class Wanted {
  readonly #keys: ReadonlySet<string>;
  readonly #devices: readonly DeviceRule[];
  readonly #calls: ReadonlyMap<string, readonly Cube[]>;
  readonly #known: (name: string) => boolean;

  readonly #filtered: boolean;

  /** @param known - calls that the node has a name for: others are in no filter */
  constructor(wants: readonly Want[], filtered: boolean, known: (name: string) => boolean) {
    this.#filtered = filtered;
    const rights = wants.map(({ right }) => right);
    this.#keys = new Set(rights.map(keyOf));
    this.#devices = rights.flatMap(right => (right.kind === 'device' ? [right.rule] : []));
    this.#calls = new Map(
      rights.flatMap(right => (right.kind === 'call' ? [[right.name, right.cubes]] : [])),
    );
    this.#known = known;
  }

  /** True iff all that `effects` open was asked for; calls count only where the file says which it permits. */
  holds({ capabilities, shares, unmasks, writes, lifts, devices, syscalls }: Effects): boolean {
    return (
      capabilities.every(name => this.#keys.has(`capability ${name}`)) &&
      shares.every(type => this.#keys.has(`namespace ${type}`)) &&
      unmasks.every(path => this.#keys.has(`unmasked ${path}`)) &&
      writes.every(path => this.#keys.has(`writable ${path}`)) &&
      lifts.every(freedom => this.#keys.has(`freedom ${freedom}`)) &&
      devices.every(rule => this.#devices.some(asked => coversDevice(asked, rule))) &&
      (!this.#filtered || syscalls.every(rule => rule.names.every(name => this.#holdsCall(name, rule))))
    );
  }

  /** True iff a file that asks for what `effects` open would show it. */
  shows({ capabilities, shares, unmasks, writes, lifts, devices, syscalls }: Effects): boolean {
    const counted = [capabilities, shares, unmasks, writes, lifts, devices];
    return counted.some(list => list.length > 0) || (this.#filtered && syscalls.length > 0);
  }

  #holdsCall(name: string, { when }: SyscallRule): boolean {
    if (!this.#known(name)) return true;
    const asked = this.#calls.get(name);
    return asked !== undefined && subtract(when ?? [UNIVERSE], asked).length === 0;
  }
}

const keyOf = (right: Right): string => {
  switch (right.kind) {
    case 'capability':
      return `capability ${right.name}`;
    case 'namespace':
      return `namespace ${right.type}`;
    case 'freedom':
      return `freedom ${right.freedom}`;
    case 'unmasked':
    case 'writable':
      return `${right.kind} ${right.path}`;
    case 'call':
    case 'device':
    case 'item':
    case 'limit':
      return `${right.kind} ${describeRight(right)}`;
  }
};
