/**
 * A diagram as a seccomp object of OCI. Rules name calls, and there is one default for all that is not named: not every filter
 * can be said so. What is written is therefore read again, for every loader, and refused unless it says the same.
 */
import { WritError } from '../../errors.js';
import { quote } from '../../json/quote.js';
import { describeAction, errnoWord, isNamed, mayPermit, NOTIFY, surelyPermits } from './actions.js';
import { AFTER_NUMBER, bitOf, bitsOf, callOf, NUMBER } from './call.js';
import { MAX_INSTRUCTIONS } from './bpf-program.js';
import { coverOf, tooLarge, type Covered } from './cover.js';
import { NO, YES, type Diagrams, type Node, type Path } from './diagram.js';
import type { FilteredArchitecture } from './named-calls.js';
import { objectDiagram, type Loader } from './oci.js';
import { instructionsAtMost } from './program-size.js';
import type { SeccompObject, SeccompRule } from './seccomp-object.js';

/** What one loader is to make of the object. */
export interface Wanted {
  readonly loader: Loader;
  readonly node: Node;
}

const ENOSYS = errnoWord(38);
/** The highest number that is no x32 call. */
const LAST_NUMBER = 0x3fffffff;

/**
 * The object that every loader makes its filter of: rules that exclude each other, of MASKED_EQ conditions alone.
 *
 * Above 0x7fffffff, where no kernel has calls, it is only kept what is permitted: what a refusal says there is libseccomp's.
 *
 * @param wanted - at least one
 * @throws WritError PROFILE_INEXPRESSIBLE with a call that no object would answer so; PROFILE_TOO_LARGE when an estimate
 *   from above, of what libseccomp makes of the object, is over 4096 instructions
 */
export function objectOf(diagrams: Diagrams, wanted: readonly Wanted[]): SeccompObject {
  let failure: WritError | undefined;
  for (const { loader, node } of wanted) {
    const writer = new Writer(diagrams, loader, node);
    for (const rest of writer.defaults()) {
      const object = writer.write(rest);
      const isSmall = instructionsAtMost(object, loader) <= MAX_INSTRUCTIONS;
      const wrong = isSmall ? firstWrong(diagrams, object, wanted) : tooLarge();
      if (wrong === undefined) return object;
      failure ??= wrong;
    }
  }
  throw failure ?? inexpressible('calls without a name are answered by their arguments');
}

const inexpressible = (why: string): WritError =>
  new WritError('PROFILE_INEXPRESSIBLE', `no seccomp object says exactly this: ${why}`);

class Writer {
  readonly #diagrams: Diagrams;
  readonly #loader: Loader;
  /** By the names of OCI. */
  readonly #filtered = new Map<string, readonly [FilteredArchitecture, Node]>();

  constructor(diagrams: Diagrams, loader: Loader, node: Node) {
    this.#diagrams = diagrams;
    this.#loader = loader;
    const others = diagrams.answer(0);
    for (const [name, architecture] of loader.architectures) {
      const calls = diagrams.follow(
        node,
        NUMBER.first,
        bitsOf({ arch: architecture.audit, number: 0, args: [] }),
      );
      // x32 shares the architecture of x86-64, which says nothing of its calls.
      const isShared = architecture.audit === loader.architectures.get(loader.native)?.audit;
      const isFiltered = isShared
        ? [...architecture.numbers.values()].some(number => this.#at(calls, number) !== others)
        : calls !== others;
      if (name === loader.native || isFiltered) this.#filtered.set(name, [architecture, calls]);
    }
  }

  /** What may be the default: an answer that calls without a name get, whatever their arguments. */
  defaults(): ReadonlySet<number> {
    const found = new Set<number>();
    for (const [{ numbers }, calls] of this.#filtered.values()) {
      const named = new Set(numbers.values());
      const gaps = [...named, -1].map(number => number + 1).filter(number => !named.has(number));
      for (const number of [...gaps.sort((a, b) => a - b), LAST_NUMBER]) {
        const answer = this.#constant(this.#at(calls, number));
        if (answer !== undefined && isNamed(answer) && answer !== NOTIFY) found.add(answer);
      }
    }
    return found;
  }

  write(rest: number): SeccompObject {
    const whole = new Map<number, string[]>();
    const tested: SeccompRule[] = [];
    for (const [name, node] of this.#calls()) {
      const answer = this.#constant(node);
      if (answer === undefined) tested.push(...rulesOf(name, coverOf(this.#diagrams, node, rest)));
      if (tested.length > MAX_INSTRUCTIONS) throw tooLarge();
      if (answer !== undefined && answer !== rest) whole.set(answer, [...(whole.get(answer) ?? []), name]);
    }
    const highest = this.#lastBeforeStub(rest);
    // A rule that says what the default says is skipped, but counts as one for the highest number that is named.
    if (highest !== undefined) whole.set(rest, [highest]);
    const answers = [...whole].sort(([a], [b]) => (b | 0) - (a | 0));
    return {
      defaultAction: rest,
      architectures: [...this.#filtered.keys()].sort(),
      rules: [...answers.map(([action, names]) => ({ action, names, conditions: [] })), ...tested],
    };
  }

  /** Each name, sorted, with what is decided of its call where it is filtered first. */
  #calls(): [string, Node][] {
    const nodes = new Map<string, Node>();
    for (const [{ numbers }, calls] of this.#byNative()) {
      const last = this.#lastOwn(numbers, calls);
      for (const [name, number] of numbers)
        if (number <= last && !nodes.has(name)) nodes.set(name, this.#at(calls, number));
    }
    return [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #byNative(): (readonly [FilteredArchitecture, Node])[] {
    const native = this.#filtered.get(this.#loader.native);
    const others = [...this.#filtered.values()].filter(one => one !== native);
    return native === undefined ? others : [native, ...others];
  }

  /** The highest named number that answers something else than the stub of runc: beyond it nothing need be said. */
  #lastOwn(numbers: ReadonlyMap<string, number>, calls: Node): number {
    if (this.#loader.runtime !== 'runc') return Infinity;
    const own = [...numbers.values()].filter(number => this.#constant(this.#at(calls, number)) !== ENOSYS);
    return Math.max(-1, ...own);
  }

  /** A name of the default's that must be given, so that the numbers up to it get the default. */
  #lastBeforeStub(rest: number): string | undefined {
    if (mayPermit(rest)) return undefined;
    for (const [{ numbers }, calls] of this.#byNative()) {
      const last = this.#lastOwn(numbers, calls);
      const [name] = [...numbers].find(([, number]) => number === last) ?? [];
      if (name !== undefined && this.#constant(this.#at(calls, last)) === rest) return name;
    }
    return undefined;
  }

  #at(calls: Node, number: number): Node {
    return this.#diagrams.follow(calls, AFTER_NUMBER, bitsOf({ arch: 0, number, args: [] }));
  }

  #constant(node: Node): number | undefined {
    if (this.#diagrams.question(node) !== undefined) return undefined;
    const [answer] = this.#diagrams.answers(node);
    return answer;
  }
}

const rulesOf = (name: string, cover: readonly Covered[]): SeccompRule[] =>
  cover.map(({ answer, cube }) => ({
    names: [name],
    action: answer,
    conditions: cube.map(({ index, mask, value }) => ({
      index,
      op: 'SCMP_CMP_MASKED_EQ',
      value: mask,
      valueTwo: value,
    })),
  }));

/** Why the object is not what is wanted; undefined when it is. */
function firstWrong(
  diagrams: Diagrams,
  object: SeccompObject,
  wanted: readonly Wanted[],
): WritError | undefined {
  for (const { action } of object.rules)
    if (!isNamed(action)) return inexpressible(`a call answers ${describeAction(action)}`);
  for (const { loader, node } of wanted) {
    const made = objectDiagram(diagrams, object, loader);
    const path = made === node ? undefined : difference(diagrams, made, node);
    if (path !== undefined) return differs(diagrams, loader, path, [made, node]);
  }
  return undefined;
}

const SAME = 0;
const OTHER_REFUSAL = 1;
const OTHER_RIGHT = 2;

function difference(diagrams: Diagrams, made: Node, node: Node): Path | undefined {
  const kind = (x: number, y: number): number => {
    if (x === y) return SAME;
    return mayPermit(x) === mayPermit(y) && surelyPermits(x) === surelyPermits(y)
      ? OTHER_REFUSAL
      : OTHER_RIGHT;
  };
  const beyond = diagrams.test(bitOf(NUMBER, 31), diagrams.answer(NO), diagrams.answer(YES));
  const found = diagrams.combine(diagrams.combine(made, node, kind), beyond, (how, isBeyond) =>
    how === OTHER_RIGHT || (how === OTHER_REFUSAL && isBeyond === NO) ? YES : NO,
  );
  return diagrams.find(found, answer => answer === YES);
}

function differs(diagrams: Diagrams, loader: Loader, path: Path, nodes: readonly [Node, Node]): WritError {
  const call = callOf(path);
  const [said, wanted] = nodes.map(node => describeAction(diagrams.evaluate(node, bitsOf(call))));
  const [name = `0x${call.arch.toString(16)}`, architecture] =
    [...loader.architectures].find(([, { audit }]) => audit === call.arch) ?? [];
  const [syscall] = [...(architecture?.numbers ?? [])].find(([, number]) => number === call.number) ?? [];
  const args = call.args.map(arg => `0x${arg.toString(16)}`).join(', ');
  const what = `${name} ${syscall === undefined ? call.number : quote(syscall)}(${args})`;
  return inexpressible(
    `${what} would answer ${said ?? ''} instead of ${wanted ?? ''}, loaded by ${loader.runtime}`,
  );
}
