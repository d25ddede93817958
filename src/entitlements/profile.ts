/** A profile: what the kernel will enforce for one kind of node. Made by {@link compile} alone. */
import { sha256Hex } from '../crypto/digest.js';
import { canonicalBytes } from '../json/canonical.js';
import type { JsonObject } from '../json/types.js';
import type { Grants } from './grants.js';
import { intentOf } from './intent.js';
import { ITEM_ORDERS } from './items.js';
import type {
  Architecture,
  Cube,
  DeviceRule,
  Effects,
  Foundation,
  Freedom,
  ItemKind,
  Refusal,
  Resource,
  TableName,
} from './model.js';
import type { ResolvedTarget } from './target.js';

/** How one call is answered. A call that has no entry answers ENOSYS. */
export interface CallPolicy {
  readonly name: string;
  /** Any of these permits; `always` whatever the arguments, `never` none. */
  readonly permits: 'always' | 'never' | readonly Cube[];
  /** What is refused by name, apart from `permits` and disjoint from it; always whole for `never`. */
  readonly refuses: readonly Cube[];
  /** EACCES is of multiplexers alone, whose refusal must not be what the default answers. */
  readonly refusal: Refusal | 'EACCES';
}

export interface ProfileParts {
  readonly grants: Grants;
  readonly target: ResolvedTarget;
  readonly foundation: Foundation;
  /** The machine's own, and those of its 32-bit programs where `legacy-tables` is lifted. */
  readonly tables: readonly TableName[];
  /** Sorted by name; they hold by name on all tables. */
  readonly calls: readonly CallPolicy[];
  /** Sorted. */
  readonly capabilities: readonly string[];
  /** Namespaces of its own, in the order of the foundation. */
  readonly namespaces: readonly string[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly devices: readonly DeviceRule[];
  readonly freedoms: ReadonlySet<Freedom>;
  /** Host paths, ports, sysctls, … that are granted; a kind without any has no entry. */
  readonly items: ReadonlyMap<ItemKind, readonly string[]>;
  /** Most of each resource: bytes, thousandths of a CPU, counts; without an entry no limit. */
  readonly limits: ReadonlyMap<Resource, number>;
  /** Calls that were granted and that the node's libseccomp has no name for. */
  readonly lost: readonly string[];
  /** What the grants and the runtime add, in the order of the catalogue. */
  readonly contributions: readonly Contribution[];
}

/** One grant or baseline, and what it adds. */
export interface Contribution {
  readonly origin: string;
  readonly effects: Effects;
}

export type EntryKind =
  'syscall' | 'capability' | 'namespace' | 'unmasked' | 'writable' | 'device' | 'freedom' | 'item' | 'limit';

export class Profile {
  readonly parts: ProfileParts;
  readonly #oci: JsonObject;
  #bytes: Uint8Array | undefined;

  /** @param oci - what the `oci` emitter says of `parts`; the profile's identity is its bytes */
  constructor(parts: ProfileParts, oci: JsonObject) {
    this.parts = parts;
    this.#oci = oci;
  }

  /** The OCI runtime-spec fragment: `linux`, `process` and `root` as they go into config.json. */
  toOci(): JsonObject {
    return this.#oci;
  }

  /** Canonical JSON of {@link toOci}: the same grants and target give the same bytes. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= canonicalBytes(this.#oci));
  }

  /** SHA-256 of {@link bytes} in lower-case hex. */
  get digest(): string {
    return sha256Hex(this.bytes);
  }

  /** What was granted, the same on every node; see {@link intentOf}. */
  get intent(): string {
    return intentOf(this.parts.grants);
  }

  /**
   * Which grants or baselines opened an entry: `['network=user']`, `['runc-1.1 late']`; empty when nothing did.
   *
   * @param name - a call, `CAP_…`, a namespace type shared with the node, a path, `c:rwm`, a freedom, a resource,
   *   or an item behind its kind: `path:/srv/data:ro`
   */
  origin(kind: EntryKind, name: string): readonly string[] {
    const { contributions, target } = this.parts;
    const found = contributions.filter(({ effects }) => opens(effects, kind, name, target.arch));
    return [...new Set(found.map(({ origin }) => origin))];
  }
}

function covers(of: ItemKind, text: string, name: string): boolean {
  const asked = name.startsWith(`${of}:`) ? name.slice(of.length + 1) : undefined;
  return asked !== undefined && ITEM_ORDERS[of].meet(asked, text) === asked;
}

function opens(effects: Effects, kind: EntryKind, name: string, arch: Architecture): boolean {
  switch (kind) {
    case 'syscall':
      return effects.syscalls.some(
        ({ names, arches }) => names.includes(name) && (arches === undefined || arches.includes(arch)),
      );
    case 'capability':
      return effects.capabilities.includes(name);
    case 'namespace':
      return effects.shares.includes(name);
    case 'unmasked':
      return effects.unmasks.includes(name);
    case 'writable':
      return effects.writes.includes(name);
    case 'device':
      return effects.devices.some(({ type, access }) => `${type}:${access}` === name);
    case 'freedom':
      return effects.lifts.some(freedom => freedom === name);
    case 'item':
      return effects.items.some(({ of, text }) => covers(of, text, name));
    case 'limit':
      return effects.limits.some(({ of }) => of === name);
  }
}
