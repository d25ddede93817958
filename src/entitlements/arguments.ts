/**
 * The arguments that rules may test, all of which the kernel reads as 32 bits; a catalogue that tests another one
 * is refused. `clone` on s390 has its flags elsewhere: architectures with that order are not covered.
 */
import type { Cube, Match } from './model.js';

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

const call = (args: Record<string, number>, ...answered: Match[]): TestableCall => ({
  args: new Map(Object.entries(args)),
  answered,
});

/** socket(2): families end at 46, protocols at IPPROTO_MPTCP (262). */
const SOCKET = call({ domain: 0, type: 1, protocol: 2 }, below(0, 6), below(2, 9));

export const TESTABLE: ReadonlyMap<string, TestableCall> = new Map([
  ['clone', call({ flags: 0 })],
  ['ioctl', call({ request: 1 })],
  ['personality', call({ persona: 0 })],
  ['setns', call({ nstype: 1 })],
  ['setsockopt', call({ level: 1, optname: 2 })],
  ['socket', SOCKET],
  ['socketpair', SOCKET],
  ['syslog', call({ type: 0 }, below(0, 4))],
  ['unshare', call({ flags: 0 })],
]);
