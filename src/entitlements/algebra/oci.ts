/**
 * What an OCI seccomp object (runtime-spec, config-linux §seccomp) comes to when a runtime loads it. Its rules are not what
 * they seem; what is modelled here was seen of real runtimes, and a test reads filters back to hold it to that:
 *
 * - the machine's own architecture is filtered though only others are listed; a call of an architecture that is not
 *   filtered, or of x32 beside x86-64, ends its thread
 * - a rule whose answer is the default says nothing; names that the machine's libseccomp does not know are skipped
 * - where a rule tests one argument twice, its conditions are alternatives
 * - a rule without conditions stands for the whole call, whatever other rules say; the first of several
 * - above the highest number that is named, runc answers ENOSYS unless the default does, crun the default
 */
import { WritError } from '../../errors.js';
import { quote } from '../../json/quote.js';
import { errnoWord, KILL_THREAD, mayPermit } from './actions.js';
import { ARCH, argument, byInterval, lessThan, maskedEqual, not, NUMBER, type Piece } from './call.js';
import { NO, YES, type Diagrams, type Node } from './diagram.js';
import type { Condition, Operator, SeccompObject, SeccompRule } from './seccomp-object.js';

/** One architecture as a filter sees it. */
export interface FilteredArchitecture {
  /** AUDIT_ARCH_*. */
  readonly audit: number;
  /** What the machine's libseccomp has names for. */
  readonly numbers: ReadonlyMap<string, number>;
}

export interface Loader {
  readonly runtime: 'runc' | 'crun';
  /** By the names of OCI: `SCMP_ARCH_X86_64`. */
  readonly architectures: ReadonlyMap<string, FilteredArchitecture>;
  /** The machine's own. */
  readonly native: string;
}

const ENOSYS = 38;
/** Of calls that no rule was for yet, and of those that two disagree on: neither is an answer that a rule can give. */
const UNSET = 0xffffffff;
const CONFLICT = 0xfffffffe;
/** x32 calls come with the architecture of x86-64 and this bit. */
const X32 = 0x40000000;
const X86_64 = 0xc000003e;
/** −1, which a tracer sets to skip a call: libseccomp lets it pass to the default. */
const NO_CALL = 0xffffffff;

/**
 * @throws WritError PROFILE_ARCHITECTURE for an architecture without a table; PROFILE_AMBIGUOUS where rules of different
 *   answers meet; PROFILE_TOO_LARGE
 */
export function objectDiagram(diagrams: Diagrams, object: SeccompObject, loader: Loader): Node {
  const names = new Set([loader.native, ...object.architectures]);
  const filtered = [...names].map(name => {
    const found = loader.architectures.get(name);
    if (found !== undefined) return found;
    throw new WritError('PROFILE_ARCHITECTURE', `there is no table of system calls for ${quote(name)}`);
  });
  const kill = diagrams.answer(KILL_THREAD);
  const pieces: Piece[] = filtered.map(architecture => ({
    from: architecture.audit,
    node: new Architecture(diagrams, object, loader, architecture).node(),
  }));
  return byInterval(diagrams, ARCH, withGaps(pieces, kill));
}

/** Single values as intervals, with `other` between them. */
function withGaps(pieces: readonly Piece[], other: Node): Piece[] {
  const values = new Set(pieces.map(({ from }) => from));
  const gaps = [0, ...pieces.map(({ from }) => from + 1)].filter(from => !values.has(from) && from < 2 ** 32);
  return [...pieces, ...[...new Set(gaps)].map(from => ({ from, node: other }))].sort(
    (a, b) => a.from - b.from,
  );
}

/** The rules for one architecture. */
class Architecture {
  readonly #diagrams: Diagrams;
  readonly #object: SeccompObject;
  readonly #loader: Loader;
  readonly #architecture: FilteredArchitecture;

  constructor(diagrams: Diagrams, object: SeccompObject, loader: Loader, architecture: FilteredArchitecture) {
    this.#diagrams = diagrams;
    this.#object = object;
    this.#loader = loader;
    this.#architecture = architecture;
  }

  node(): Node {
    const { defaultAction, rules } = this.#object;
    const { audit, numbers } = this.#architecture;
    const byNumber = new Map<number, { name: string; rules: SeccompRule[] }>();
    let highest = -1;
    for (const rule of rules) {
      for (const name of rule.names) {
        const number = numbers.get(name);
        if (number === undefined) continue;
        highest = Math.max(highest, number);
        const call = byNumber.get(number) ?? { name, rules: [] };
        if (rule.action !== defaultAction) call.rules.push(rule);
        byNumber.set(number, call);
      }
    }
    const calls = [...byNumber].map(([from, call]) => ({ from, node: this.#call(call.name, call.rules) }));
    const pieces = withGaps(calls, this.#diagrams.answer(defaultAction));
    const missing = this.#missing(highest, audit);
    return byInterval(this.#diagrams, NUMBER, [...beforeEnd(pieces, missing[0]?.from), ...missing]);
  }

  /** What is above all numbers that are named. */
  #missing(highest: number, audit: number): Piece[] {
    const { defaultAction } = this.#object;
    const piece = (from: number, answer: number): Piece => ({ from, node: this.#diagrams.answer(answer) });
    const hasStub = this.#loader.runtime === 'runc' && !mayPermit(defaultAction);
    const missing = errnoWord(ENOSYS);
    const stub = hasStub ? [piece(highest + 1, missing)] : [];
    if (audit !== X86_64) return stub;
    // libseccomp ends what is not below x32; the stub of runc comes before, and looks at that one bit.
    const beyond = hasStub ? [piece(X32 * 2, missing), piece(X32 * 3, KILL_THREAD)] : [];
    return [...stub, piece(X32, KILL_THREAD), ...beyond, piece(NO_CALL, defaultAction)];
  }

  #call(name: string, rules: readonly SeccompRule[]): Node {
    const diagrams = this.#diagrams;
    const whole = rules.find(({ conditions }) => conditions.length === 0);
    if (whole !== undefined) return diagrams.answer(whole.action);
    let node = diagrams.answer(UNSET);
    for (const action of new Set(rules.map(rule => rule.action))) {
      const some = rules.filter(rule => rule.action === action);
      const matched = this.#union(some.map(({ conditions }) => this.#matched(conditions)));
      node = diagrams.combine(node, matched, (before, matches) => {
        if (matches === NO) return before;
        return before === UNSET ? action : CONFLICT;
      });
    }
    if (diagrams.answers(node).has(CONFLICT)) throw ambiguous(name);
    return diagrams.map(node, answer => (answer === UNSET ? this.#object.defaultAction : answer));
  }

  /** In pairs: what is made on the way stays small, as rules that stand together are alike. */
  #union(nodes: readonly Node[]): Node {
    let open = nodes;
    while (open.length > 1) {
      const pairs: Node[] = [];
      for (let i = 0; i < open.length; i += 2) {
        const [a = 0, b] = [open[i], open[i + 1]];
        pairs.push(b === undefined ? a : this.#diagrams.combine(a, b, either));
      }
      open = pairs;
    }
    return open[0] ?? this.#diagrams.answer(NO);
  }

  #matched(conditions: readonly Condition[]): Node {
    const tests = conditions.map(condition => this.#test(condition));
    const isRepeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
    const join = isRepeated ? either : both;
    return tests.reduce((a, b) => this.#diagrams.combine(a, b, join));
  }

  #test({ index, op, value, valueTwo }: Condition): Node {
    const diagrams = this.#diagrams;
    const field = argument(index);
    const tests: Record<Operator, () => Node> = {
      SCMP_CMP_EQ: () => maskedEqual(diagrams, field, ALL, value),
      SCMP_CMP_NE: () => not(diagrams, maskedEqual(diagrams, field, ALL, value)),
      SCMP_CMP_LT: () => lessThan(diagrams, field, value),
      SCMP_CMP_LE: () => lessThan(diagrams, field, value + 1n),
      SCMP_CMP_GE: () => not(diagrams, lessThan(diagrams, field, value)),
      SCMP_CMP_GT: () => not(diagrams, lessThan(diagrams, field, value + 1n)),
      SCMP_CMP_MASKED_EQ: () => maskedEqual(diagrams, field, value, valueTwo & value),
    };
    return tests[op]();
  }
}

const ALL = 0xffff_ffff_ffff_ffffn;
const either = (a: number, b: number): number => (a === YES || b === YES ? YES : NO);
const both = (a: number, b: number): number => (a === YES && b === YES ? YES : NO);

const beforeEnd = (pieces: readonly Piece[], end: number | undefined): readonly Piece[] =>
  end === undefined ? pieces : pieces.filter(({ from }) => from < end);

const ambiguous = (name: string): WritError =>
  new WritError('PROFILE_AMBIGUOUS', `two rules for ${quote(name)} give the same call different answers`);
