/** What the catalogue files say, once read: domains with their ladders, and what each level adds. */

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

export type Architecture = 'amd64' | 'arm64';

export interface DeviceRule {
  readonly type: 'b' | 'c';
  /** A subset of `rwm`, in that order; majors and minors are not told apart. */
  readonly access: string;
}

/** Restrictions that stand until a level lifts them. */
export type Freedom = 'gain-privileges' | 'run-as-root' | 'write-root';

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
}

export interface Level {
  readonly name: string;
  readonly summary: string;
  readonly effects: Effects;
  /** Classes of attack that this level opens. */
  readonly opens: readonly string[];
  readonly doesNotCover: readonly string[];
  /** Domains that this level makes meaningless. */
  readonly voids: readonly string[];
}

export interface Domain {
  readonly name: string;
  readonly summary: string;
  /** Lowest first, at least one. */
  readonly levels: readonly Level[];
}

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
  readonly arch: Architecture;
  readonly origin: string;
  readonly numbers: ReadonlyMap<string, number>;
}

export interface Catalogue {
  /** Within one version a level may only shrink. */
  readonly version: string;
  readonly domains: ReadonlyMap<string, Domain>;
  /** Old names of sets of grants: `security.admin`. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly reserved: readonly Reservation[];
  readonly foundation: Foundation;
  readonly tables: ReadonlyMap<Architecture, SyscallTable>;
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
