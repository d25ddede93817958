/** What a diagram decides about the arguments of one call, as conditions that exclude each other. */
import { WritError } from '../../errors.js';
import { AFTER_NUMBER, ARGUMENTS, POINTER } from './call.js';
import type { Diagrams, Node } from './diagram.js';
import { MAX_INSTRUCTIONS } from './bpf-program.js';

/** `(argument & mask) == value`, both of 64 bits; no bit of `value` is outside of `mask`. */
export interface WideMatch {
  readonly index: number;
  readonly mask: bigint;
  readonly value: bigint;
}

/** What is answered where all of `cube` hold; its arguments ascend, each once. */
export interface Covered {
  readonly answer: number;
  readonly cube: readonly WideMatch[];
}

const WIDTH = 64;

/**
 * One cube for each way through the diagram that does not end at `rest`: together they are all of it, and no two meet.
 *
 * @param node - asks for arguments alone
 * @throws WritError PROFILE_INEXPRESSIBLE when it asks for the instruction pointer; PROFILE_TOO_LARGE
 */
export function coverOf(diagrams: Diagrams, node: Node, rest: number): Covered[] {
  const found: Covered[] = [];
  const masks = new Array<bigint>(ARGUMENTS).fill(0n);
  const values = new Array<bigint>(ARGUMENTS).fill(0n);
  const walk = (at: Node): void => {
    const question = diagrams.question(at);
    if (question === undefined) {
      const [answer = rest] = diagrams.answers(at);
      if (answer !== rest) found.push({ answer, cube: cubeOf(masks, values) });
      if (found.length > MAX_INSTRUCTIONS) throw tooLarge();
      return;
    }
    const { bit, zero, one } = question;
    if (bit >= POINTER.first)
      throw new WritError(
        'PROFILE_INEXPRESSIBLE',
        'it tells calls apart by where in the program they are made',
      );
    const index = Math.floor((bit - AFTER_NUMBER) / WIDTH);
    const weight = 1n << BigInt(WIDTH - 1 - ((bit - AFTER_NUMBER) % WIDTH));
    const [mask = 0n, value = 0n] = [masks[index], values[index]];
    masks[index] = mask | weight;
    walk(zero);
    values[index] = value | weight;
    walk(one);
    [masks[index], values[index]] = [mask, value];
  };
  walk(node);
  return found;
}

const cubeOf = (masks: readonly bigint[], values: readonly bigint[]): WideMatch[] =>
  masks.flatMap((mask, index) => (mask === 0n ? [] : [{ index, mask, value: values[index] ?? 0n }]));

export const tooLarge = (): WritError =>
  new WritError(
    'PROFILE_TOO_LARGE',
    `the profile may need more than the ${MAX_INSTRUCTIONS} instructions that the kernel loads`,
  );
