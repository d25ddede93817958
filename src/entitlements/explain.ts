/** Which grants open a system call or a capability, what would have to change, and what comes with that. */
import { testable } from './arguments.js';
import { lowest, type Grants } from './grants.js';
import { UNIVERSE } from './cubes.js';
import { DONE_BY_RINGS, NOTE_OF_RINGS, NOTES, NOTES_OF_ARGUMENTS } from './notes.js';
import type { Architecture, Baselines, Catalogue, Cube, Refusal } from './model.js';
import { archesOf, extentOf, openingsOf, type Extent, type Opening } from './openings.js';
import { partsOf } from './parts.js';
import { parseQuestion, questionWords, type Question } from './question.js';
import { smallestChange, type Change } from './smallest-change.js';

/** One grant that opens some of what is asked about. */
export interface OpenedBy {
  /** `debug=ptrace`. */
  readonly grant: string;
  /** At the lowest level: every container has it. */
  readonly lowest: boolean;
  /** Among the grants that were given. */
  readonly granted: boolean;
  /** How much of the question it opens with all that is below it, on the architectures where it opens any. */
  readonly opens: Exclude<Extent, 'none'>;
  /** Conditions on arguments, any of which is enough; empty: whatever the arguments. */
  readonly when: readonly string[];
  /** Architectures it is opened on; empty means all that have it. */
  readonly arches: readonly string[];
  readonly attackClasses: readonly string[];
  readonly voids: readonly string[];
  readonly doesNotCover: readonly string[];
}

/** A runtime that needs the call itself, after the filter is in force. */
export interface OpenedByRuntime {
  readonly runtime: string;
  /** `late` in every container; `early` in those that may gain privileges. */
  readonly when: 'late' | 'early';
}

export interface Explanation {
  readonly kind: Question['kind'];
  readonly name: string;
  /** With the arguments that were asked about: `socket(2, 3)`. */
  readonly question: string;
  /** How much of it the given grants permit, on each architecture that has it. */
  readonly permitted: ReadonlyMap<Architecture, Extent>;
  /** What the call answers where it is not permitted. */
  readonly refusal: Refusal | undefined;
  /** In the order of the catalogue. */
  readonly openedBy: readonly OpenedBy[];
  readonly runtimes: readonly OpenedByRuntime[];
  /** The smallest change of the given grants that permits all of it; undefined when it is, or cannot be. */
  readonly change: Change | undefined;
  /** The smallest that permits some of it, where none is permitted and that is less than all. */
  readonly partly: Change | undefined;
  /** The domain that will open it in a later catalogue; `none` for what nobody needs. */
  readonly reservedFor: string | undefined;
  /** What a filter cannot see of it. */
  readonly notes: readonly string[];
}

export interface ExplainOptions {
  /** What is granted; nothing without it. */
  readonly grants?: Grants;
  /** Only this architecture. */
  readonly arch?: Architecture;
  /** The runtime whose own calls count as permitted. */
  readonly runtime?: string;
}

/**
 * @param text - `mount`, `CAP_SYS_ADMIN`, `socket(AF_INET, SOCK_RAW)`: as parseQuestion takes it
 * @throws WritError PROFILE_NAME, PROFILE_ARGUMENT
 */
export function explain(
  catalogue: Catalogue,
  baselines: Baselines,
  text: string,
  { grants = lowest(catalogue), arch, runtime }: ExplainOptions = {},
): Explanation {
  const question = parseQuestion(catalogue, text);
  const { kind, name } = question;
  const arches = archesOf(catalogue, question).filter(one => arch === undefined || one === arch);
  const baseline = runtime === undefined ? undefined : baselines.runtimes.get(runtime);
  const openings = openingsOf(catalogue, question, arches, baseline?.early);
  const isLate = kind === 'syscall' && baseline?.late.includes(name) === true;
  const always = new Map(arches.map(one => [one, isLate ? [UNIVERSE] : []] as const));
  const permitted = new Map(
    arches.map(one => [
      one,
      extentOf(question, [...(always.get(one) ?? []), ...cubesOn(openings, one, grants)]),
    ]),
  );
  const wanted = { question, arches, always };
  const change = smallestChange(grants, openings, { ...wanted, extent: 'all' });
  const isClosed = [...permitted.values()].includes('none');
  const some = isClosed ? smallestChange(grants, openings, { ...wanted, extent: 'some' }) : undefined;
  return {
    kind,
    name,
    question: questionWords(question),
    permitted,
    refusal: kind === 'syscall' ? refusalOf(catalogue, name) : undefined,
    openedBy: openings.map(opening => openedBy(opening, { question, arches, grants, openings })),
    runtimes: runtimesOf(baselines, question, runtime),
    change,
    partly: some?.grants.join() === change?.grants.join() ? undefined : some,
    reservedFor: reservation(catalogue, question)?.domain,
    notes: notesOf(question, grants),
  };
}

/** What grants open of the question on one architecture. */
const cubesOn = (openings: readonly Opening[], arch: Architecture, grants: Grants): readonly Cube[] =>
  openings.flatMap(({ domain, part, cubes }) =>
    grants.reached(domain.name).includes(part) ? (cubes.get(arch) ?? []) : [],
  );

interface Around {
  readonly question: Question;
  readonly arches: readonly Architecture[];
  readonly grants: Grants;
  readonly openings: readonly Opening[];
}

/** A level comes with all that the levels below it open. */
function openedBy(opening: Opening, { question, arches, grants, openings }: Around): OpenedBy {
  const { domain, part, place, cubes } = opening;
  const isLadder = domain.kind === 'ladder';
  const below = partsOf(domain).filter((_, at) => (isLadder ? at <= place : at === place));
  const together = openings.filter(other => other.domain === domain && below.includes(other.part));
  const all = [...cubes.keys()].every(
    arch =>
      extentOf(
        question,
        together.flatMap(other => other.cubes.get(arch) ?? []),
      ) === 'all',
  );
  return {
    grant: `${domain.name}=${part.name}`,
    lowest: isLadder && place === 0,
    granted: grants.reached(domain.name).includes(part),
    opens: all ? 'all' : 'some',
    when: conditionsOf(question.name, [...cubes.values()].flat()),
    arches: cubes.size === arches.length ? [] : [...cubes.keys()],
    attackClasses: below.flatMap(({ opens }) => opens),
    voids: [...new Set(below.flatMap(({ voids }) => voids))],
    doesNotCover: part.doesNotCover,
  };
}

/** `domain=2 type&0xf=3`; none when one of them asks for nothing. */
function conditionsOf(call: string, cubes: readonly Cube[]): string[] {
  if (cubes.some(cube => cube.length === 0)) return [];
  const names = new Map([...(testable(call)?.args ?? [])].map(([name, index]) => [index, name]));
  const hex = (value: number): string => (value < 10 ? String(value) : `0x${value.toString(16)}`);
  const words = cubes.map(cube =>
    cube
      .map(({ index, mask, value }) => {
        const name = names.get(index) ?? `argument ${index + 1}`;
        return mask === 0xffffffff ? `${name}=${hex(value)}` : `${name}&${hex(mask)}=${hex(value)}`;
      })
      .join(' '),
  );
  return [...new Set(words)];
}

function runtimesOf(
  { runtimes }: Baselines,
  { kind, name }: Question,
  only: string | undefined,
): OpenedByRuntime[] {
  if (kind === 'capability') return [];
  return [...runtimes.values()].flatMap(({ id, late, early }): OpenedByRuntime[] => {
    if (only !== undefined && id !== only) return [];
    if (late.includes(name)) return [{ runtime: id, when: 'late' }];
    return early.includes(name) ? [{ runtime: id, when: 'early' }] : [];
  });
}

const reservation = ({ reserved }: Catalogue, { kind, name }: Question) =>
  reserved.find(({ syscalls, capabilities }) =>
    (kind === 'syscall' ? syscalls : capabilities).includes(name),
  );

/** EPERM when any mention says so, as the compiler has it. */
function refusalOf({ domains, reserved }: Catalogue, name: string): Refusal {
  const rules = [...domains.values()].flatMap(partsOf).flatMap(({ effects }) => effects.syscalls);
  const mentions = [
    ...rules.filter(({ names }) => names.includes(name)),
    ...reserved.filter(({ syscalls }) => syscalls.includes(name)),
  ];
  return mentions.some(({ refusal }) => refusal === 'EPERM') ? 'EPERM' : 'ENOSYS';
}

const notesOf = ({ name, args }: Question, grants: Grants): string[] => [
  ...(NOTES.get(name) ?? []),
  ...(DONE_BY_RINGS.has(name) && permitsRings(grants) ? [NOTE_OF_RINGS] : []),
  ...(args.length > 0 && args.some(({ index }) => !isTested(name, index)) ? [NOTES_OF_ARGUMENTS] : []),
];

function permitsRings(grants: Grants): boolean {
  const reached = [...grants.catalogue.domains.keys()].flatMap(name => grants.reached(name));
  return reached.some(({ effects }) =>
    effects.syscalls.some(({ names }) => names.includes('io_uring_setup')),
  );
}

const isTested = (name: string, index: number): boolean =>
  [...(testable(name)?.args.values() ?? [])].includes(index);
