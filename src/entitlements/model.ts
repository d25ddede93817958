/** What the catalogue files say, once read: domains, and what each level or member of one adds. */

import type { JsonValue } from '../json/types.js';

/** One condition on one argument: `(argument & mask) == value`, both unsigned and within 32 bits. */
export interface Match {
  readonly index: number;
  readonly mask: number;
  readonly value: number;
}

/** Conditions on different arguments, in their order, that hold together; none at all means any arguments. */
export type Cube = readonly Match[];

/** Calls that a level or a runtime baseline opens. */
export interface SyscallRule {
  readonly names: readonly string[];
  /** Any of these opens the call; undefined opens it whatever its arguments. */
  readonly when: readonly Cube[] | undefined;
  /** Architectures this rule is for; undefined is all. */
  readonly arches: readonly Architecture[] | undefined;
  /** What the call answers while no grant opens it. */
  readonly refusal: Refusal;
}

/** EPERM for calls that programs know may be refused, ENOSYS for those they know may be missing. */
export type Refusal = 'EPERM' | 'ENOSYS';

export type Architecture = 'amd64' | 'arm' | 'arm64' | 'i386' | 'ppc64le' | 'riscv64' | 's390x';

/** x32 is no machine of its own: programs of amd64 with a table of their own. */
export type TableName = Architecture | 'x32';

export interface DeviceRule {
  readonly type: 'b' | 'c';
  /** A subset of `rwm`, in that order; majors and minors are not told apart. */
  readonly access: string;
}

/**
 * Restrictions that stand until a level lifts them: no_new_privs, no calls of 32-bit and x32 tables, no token of the
 * cluster's API, no user 0, a root file system that is read-only.
 */
export type Freedom = 'gain-privileges' | 'legacy-tables' | 'mount-token' | 'run-as-root' | 'write-root';

/** What a level adds to the level below it; nothing is ever taken away. */
export interface Effects {
  readonly capabilities: readonly string[];
  readonly syscalls: readonly SyscallRule[];
  /** Namespaces of the node that the container shares. */
  readonly shares: readonly string[];
  readonly devices: readonly DeviceRule[];
  /** Paths that are no longer masked, and paths that are no longer read-only. */
  readonly unmasks: readonly string[];
  readonly writes: readonly string[];
  readonly lifts: readonly Freedom[];
  /** Items of open sets: host paths, ports, … */
  readonly items: readonly Item[];
  /** How much of a resource of the node there is at most; only what has a limit. */
  readonly limits: readonly Limit[];
}

export const NO_EFFECTS: Effects = {
  capabilities: [],
  syscalls: [],
  shares: [],
  devices: [],
  unmasks: [],
  writes: [],
  lifts: [],
  items: [],
  limits: [],
};

/** What people are told of a part of a domain that can be granted. */
export interface Notes {
  readonly summary: string;
  /** Classes of attack that it opens. */
  readonly opens: readonly string[];
  readonly doesNotCover: readonly string[];
  /** Domains that it makes meaningless; `*` is every other domain. */
  readonly voids: readonly string[];
}

/** One level of a ladder, or one member of a closed set. */
export interface Level extends Notes {
  readonly name: string;
  readonly effects: Effects;
  /** Capabilities and calls that this opens as well, and that have their home in another domain. */
  readonly also: readonly string[];
}

/** What an open set holds, in one canonical spelling each; `parseItem` of items.ts reads them. */
export type ItemKind = 'path' | 'port' | 'sysctl' | 'api' | 'device';

export interface Item {
  readonly of: ItemKind;
  /** Canonical: `/srv/data:ro`, `8080/tcp`, `net.core.somaxconn=1024`, `engine:read`, `/dev/fuse:rw`. */
  readonly text: string;
}

/** Amounts are whole numbers: bytes, thousandths of a CPU, or things. */
export type Unit = 'bytes' | 'cpus' | 'count';

/** What a quantity limits; each is limited by one domain. */
export type Resource = 'memory' | 'cpu' | 'pids' | 'open-files';

export interface Limit {
  readonly of: Resource;
  readonly amount: number;
}

interface Named {
  readonly name: string;
  readonly summary: string;
}

/** Steps, each above the one before. */
export interface Ladder extends Named {
  readonly kind: 'ladder';
  /** Lowest first, at least one. */
  readonly levels: readonly Level[];
}

/** A choice of members that the catalogue names; none of them unless granted. */
export interface ClosedSet extends Named {
  readonly kind: 'members';
  /** At least one, in the order of their names. */
  readonly members: readonly Level[];
}

/** A choice of whatever has a canonical spelling; nothing unless granted. */
export interface OpenSet extends Named {
  readonly kind: 'items';
  readonly of: ItemKind;
  /** Of any item; what is voided is voided by everything at once, the top of the set. */
  readonly notes: Notes;
}

/** How much of something there may be at most: `least` to ∞, which is `Infinity` here. */
export interface Quantity extends Named {
  readonly kind: 'quantity';
  readonly unit: Unit;
  /** What grants that do not name the domain come to; in an authority that is ∞. */
  readonly default: number;
  readonly least: number;
  /** Undefined: policies compare it, nothing enforces it. */
  readonly limits: Resource | undefined;
  readonly notes: Notes;
}

export type Domain = Ladder | ClosedSet | OpenSet | Quantity;

/** Capabilities and calls that no level opens yet, and the domain that will. */
export interface Reservation {
  readonly domain: string;
  readonly summary: string;
  readonly capabilities: readonly string[];
  readonly syscalls: readonly string[];
  readonly refusal: Refusal;
}

/** The profile of a container that was granted nothing, apart from calls. */
export interface Foundation {
  readonly namespaces: readonly string[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  /** The user of a container that may not run as root and names no user itself. */
  readonly nonroot: { readonly uid: number; readonly gid: number };
  readonly sysctl: ReadonlyMap<string, string>;
}

/** One architecture's calls: name to number. */
export interface SyscallTable {
  readonly arch: TableName;
  readonly origin: string;
  /** Of the numbers that are the same everywhere; above it are an architecture's own, as old as it. */
  readonly highest: number;
  /** The first libseccomp with a name for a call, where the number does not tell. */
  readonly namedSince: ReadonlyMap<string, string>;
  /** As a filter sees them: those of x32 with their bit. */
  readonly numbers: ReadonlyMap<string, number>;
}

export interface Catalogue {
  /** Within one version a level may only shrink. */
  readonly version: string;
  /** The version of the built-in catalogue, whose domains mean the same here; `version` where nothing was added. */
  readonly extends: string;
  /** Domains that the built-in catalogue does not have. */
  readonly added: ReadonlySet<string>;
  readonly domains: ReadonlyMap<string, Domain>;
  /** Old names of sets of grants: `security.admin`; domain to what `Grants.of` reads. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, JsonValue>>;
  readonly reserved: readonly Reservation[];
  readonly foundation: Foundation;
  readonly tables: ReadonlyMap<TableName, SyscallTable>;
}

/** What a runtime itself calls in the container's process after it has installed the filter. */
export interface Baseline {
  /** `runc-1.1`: the program and the first two numbers of its version; every patch release is covered. */
  readonly id: string;
  readonly arches: readonly Architecture[];
  /** How the lists were found. */
  readonly obtained: string;
  /** Calls between the filter and exec when no_new_privs is off; the filter is then installed earlier. */
  readonly early: readonly string[];
  /** Calls between the filter and exec in any case. */
  readonly late: readonly string[];
}

export interface Baselines {
  readonly runtimes: ReadonlyMap<string, Baseline>;
  /** Versions of libseccomp, and the highest number each has a name for. */
  readonly libseccomp: ReadonlyMap<string, number>;
  /** The oldest kernel that the profiles are meant for, `major.minor`. */
  readonly oldestKernel: string;
}
