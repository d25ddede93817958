/** Which grants open a system call or a capability, and what comes with them. */
import { WritError } from '../errors.js';
import { NOTES } from './notes.js';
import type { Catalogue, Domain, Level, SyscallRule } from './model.js';
import { partsOf } from './parts.js';
import { quoted } from './text.js';

/** One grant that opens the name in question. */
export interface Opening {
  /** `debug=ptrace`; a grant at the lowest level is there in every container. */
  readonly grant: string;
  readonly lowest: boolean;
  /** True when only some arguments are opened. */
  readonly partly: boolean;
  /** Architectures it is opened on; empty means all. */
  readonly arches: readonly string[];
  readonly attackClasses: readonly string[];
  readonly voids: readonly string[];
  readonly doesNotCover: readonly string[];
}

export interface Explanation {
  readonly kind: 'syscall' | 'capability';
  readonly name: string;
  /** In the order of the catalogue. */
  readonly openedBy: readonly Opening[];
  /** The least grant that opens it, or opens more of it; undefined when every container has it, or none can. */
  readonly smallestChange: string | undefined;
  /** The domain that will open it in a later catalogue. */
  readonly reservedFor: string | undefined;
  /** What a filter cannot see of it. */
  readonly notes: readonly string[];
}

/**
 * @param name - `mount`, `CAP_SYS_ADMIN` or `SYS_ADMIN`, in any case
 * @throws WritError PROFILE_NAME
 */
export function explain(catalogue: Catalogue, name: string): Explanation {
  const call = name.toLowerCase();
  if (isCall(catalogue, call)) return explainCall(catalogue, call);
  const capability = `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`;
  const openedBy = openings(catalogue, level => capabilityOpening(level, capability));
  const reserved = catalogue.reserved.find(({ capabilities }) => capabilities.includes(capability));
  if (openedBy.length === 0 && !reserved) {
    throw new WritError('PROFILE_NAME', `no system call or capability is called ${quoted(name)}`);
  }
  return explanation('capability', capability, openedBy, reserved?.domain);
}

function isCall(catalogue: Catalogue, name: string): boolean {
  return [...catalogue.tables.values()].some(({ numbers }) => numbers.has(name));
}

function explainCall(catalogue: Catalogue, name: string): Explanation {
  const reserved = catalogue.reserved.find(({ syscalls }) => syscalls.includes(name));
  return explanation(
    'syscall',
    name,
    openings(catalogue, level => callOpening(level, name)),
    reserved?.domain,
  );
}

function explanation(
  kind: Explanation['kind'],
  name: string,
  openedBy: readonly Opening[],
  reservedFor: string | undefined,
): Explanation {
  const whole = openedBy.some(({ lowest, partly, arches }) => lowest && !partly && arches.length === 0);
  return {
    kind,
    name,
    openedBy,
    smallestChange: whole ? undefined : smallest(openedBy)?.grant,
    reservedFor,
    notes: NOTES.get(name) ?? [],
  };
}

/** Fewest attack classes, then fewest voided domains, then the order of the catalogue. */
function smallest(openedBy: readonly Opening[]): Opening | undefined {
  const cost = ({ attackClasses, voids }: Opening): number => attackClasses.length + 100 * voids.length;
  return openedBy.filter(({ lowest }) => !lowest).toSorted((a, b) => cost(a) - cost(b))[0];
}

type Found = Pick<Opening, 'partly' | 'arches'>;

function openings(catalogue: Catalogue, find: (level: Level) => Found | undefined): Opening[] {
  return [...catalogue.domains.values()].flatMap(domain =>
    partsOf(domain).flatMap((level, rank) => {
      const found = find(level);
      return found ? [opening(domain, rank, level, found)] : [];
    }),
  );
}

/** A level comes with all that the levels below it open, a member of a set alone. */
function opening(domain: Domain, rank: number, level: Level, found: Found): Opening {
  const below = domain.kind === 'ladder' ? domain.levels.slice(0, rank + 1) : [level];
  return {
    grant: `${domain.name}=${level.name}`,
    lowest: domain.kind === 'ladder' && rank === 0,
    ...found,
    attackClasses: below.flatMap(({ opens }) => opens),
    voids: [...new Set(below.flatMap(({ voids }) => voids))],
    doesNotCover: level.doesNotCover,
  };
}

function capabilityOpening(level: Level, capability: string): Found | undefined {
  return level.effects.capabilities.includes(capability) ? { partly: false, arches: [] } : undefined;
}

function callOpening(level: Level, name: string): Found | undefined {
  const rules = level.effects.syscalls.filter(({ names }) => names.includes(name));
  if (rules.length === 0) return undefined;
  return { partly: rules.every(({ when }) => when !== undefined), arches: archesOf(rules) };
}

function archesOf(rules: readonly SyscallRule[]): readonly string[] {
  return rules.some(({ arches }) => arches === undefined) ? [] : rules.flatMap(({ arches }) => arches ?? []);
}
