/** The arguments that rules may test, all of which the kernel reads as 32 bits; a catalogue that tests another is refused. */
import type { Cube, Match } from './model.js';
import { WORD_ARGUMENTS } from './word-arguments.js';

export interface TestableCall {
  /** Name of the argument to its position. */
  readonly args: ReadonlyMap<string, number>;
  /**
   * Where the refused arguments of a call that is permitted in part get their own answer; beyond it they get the
   * default, ENOSYS. It holds every value that the kernel knows, and keeps the list of rules short.
   */
  readonly answered: Cube;
}

/** `index` is below 2^bits. */
const below = (index: number, bits: number): Match => ({ index, mask: ~((1 << bits) - 1) >>> 0, value: 0 });

/** socket(2): families end at 46, protocols at IPPROTO_MPTCP (262). */
const SOCKET: Cube = [below(0, 6), below(2, 9)];

const ANSWERED: Readonly<Record<string, Cube>> = {
  socket: SOCKET,
  socketpair: SOCKET,
  syslog: [below(0, 4)],
};

/** What can be tested of the call `name`; undefined when nothing can. */
export function testable(name: string): TestableCall | undefined {
  const known = Object.hasOwn(WORD_ARGUMENTS, name) ? WORD_ARGUMENTS[name] : undefined;
  if (known === undefined) return undefined;
  const args = known.split(' ').map(arg => arg.split(':'));
  return {
    args: new Map(args.map(([arg = '', place]) => [arg, Number(place)])),
    answered: ANSWERED[name] ?? [],
  };
}
