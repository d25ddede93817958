/** Diagrams of programs against programs that are run: they must answer alike for every call. */
import fc from '../../support/property.js';
import { describe, expect, it } from 'vitest';
import { bitsOf, type Call } from '../../../src/entitlements/algebra/call.js';
import { programDiagram } from '../../../src/entitlements/algebra/bpf.js';
import {
  checkProgram,
  OP,
  parseProgram,
  type Instruction,
} from '../../../src/entitlements/algebra/bpf-program.js';
import { Diagrams, type Node } from '../../../src/entitlements/algebra/diagram.js';
import { isWritError } from '../../../src/errors.js';
import { runProgram } from './interpreter.js';

const X86_64 = 0xc000003e;
const op = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const ret = (k: number): Instruction => op(OP.returnConstant, k);

/** Words that programs and calls have in common, so that tests come true. */
const WORDS = [0, 1, 2, 3, 41, 42, 0x7fffffff, 0x80000000, 0xffffffff, X86_64, 0x40000028, 0x5412];
const word = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.nat(0xffffffff).map(n => n >>> 0),
);
const call: fc.Arbitrary<Call> = fc.record({
  arch: fc.oneof(fc.constantFrom(X86_64, 0xc00000b7), word),
  number: fc.oneof(fc.constantFrom(41, 42), word),
  args: fc.array(
    fc.tuple(word, word).map(([high, low]) => (BigInt(high) << 32n) | BigInt(low)),
    { minLength: 6, maxLength: 6 },
  ),
});

/** Code that any program may have, with jumps that may go too far; those are cut. */
const instruction = fc.oneof(
  { weight: 3, arbitrary: fc.nat(12).map(i => op(OP.loadWord, 16 + 4 * i - (i === 12 ? 4 : 0))) },
  { weight: 1, arbitrary: fc.constantFrom(op(OP.loadWord, 0), op(OP.loadWord, 4)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(OP.jumpEqual, OP.jumpGreater, OP.jumpNotLess), word, fc.nat(5), fc.nat(5))
      .map(([code, k, jt, jf]) => op(code, k, jt, jf)),
  },
  { weight: 1, arbitrary: fc.nat(15).map(k => op(OP.storeX, k)) },
  { weight: 1, arbitrary: fc.constantFrom(op(OP.xToA), op(OP.loadConstant, 3), op(OP.loadLength)) },
);
/** What is done to an argument: after a load of its own, so that the number is only ever compared. */
const onArgument = fc
  .tuple(
    fc.nat(11),
    fc.constantFrom(OP.and, OP.or, OP.xor, OP.shiftLeft, OP.shiftRight),
    word,
    fc.constantFrom(OP.jumpSet, OP.jumpSetX, OP.jumpEqualX, OP.jumpGreaterX, OP.jumpNotLessX),
    word,
    fc.nat(3),
    fc.nat(3),
  )
  .map(([i, alu, k, test, mask, jt, jf]) => [
    op(OP.loadWord, 16 + 4 * i),
    op(alu, alu === OP.shiftLeft || alu === OP.shiftRight ? k % 32 : k),
    ...[op(OP.store, i), op(OP.loadConstantX, mask), op(OP.loadConstant, 9), op(OP.loadMemory, i)],
    op(test, mask, jt, jf),
  ]);
const program = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: instruction.map(one => [one]) }, { weight: 1, arbitrary: onArgument }),
    {
      maxLength: 14,
    },
  )
  .map(blocks => {
    const body = [...blocks.flat(), op(OP.loadWord, 0), ...[1, 2, 3, 4, 5, 6].map(ret)];
    return body.map((one, pc) => {
      const room = body.length - pc - 2;
      return { ...one, jt: Math.min(one.jt, Math.max(room, 0)), jf: Math.min(one.jf, Math.max(room, 0)) };
    });
  });

/** A jump may lead the call number into arithmetic, which is refused. */
function understood(make: () => Node): Node {
  try {
    return make();
  } catch (error) {
    fc.pre(!isWritError(error, 'PROFILE_PROGRAM'));
    throw error;
  }
}

describe('the diagram of a program', () => {
  it('answers as the program does, for every call', () => {
    fc.assert(
      fc.property(program, fc.array(call, { minLength: 20, maxLength: 20 }), (code, calls) => {
        const diagrams = new Diagrams();
        const node = understood(() => programDiagram(diagrams, checkProgram(code)));
        for (const one of calls) expect(diagrams.evaluate(node, bitsOf(one))).toBe(runProgram(code, one));
      }),
      { numRuns: 100 },
    );
  });

  it('is one node when all calls get one answer', () => {
    const diagrams = new Diagrams();
    const node = programDiagram(diagrams, [op(OP.loadWord, 16), op(OP.jumpEqual, 7, 0, 1), ret(9), ret(9)]);
    expect(node).toBe(diagrams.answer(9));
  });

  it('tells programs apart that differ for one value of 2^64', () => {
    const diagrams = new Diagrams();
    const high = (k: number): Instruction[] => [
      ...[op(OP.loadWord, 20), op(OP.jumpEqual, 0x80000000, 0, 3), op(OP.loadWord, 16)],
      ...[op(OP.jumpGreater, k, 1, 0), ret(1), ret(2)],
    ];
    const [a, b] = [programDiagram(diagrams, high(5)), programDiagram(diagrams, high(6))];
    const different = diagrams.find(
      diagrams.combine(a, b, (x, y) => (x === y ? 0 : 1)),
      answer => answer === 1,
    );
    expect(different).toBeDefined();
    expect(programDiagram(diagrams, high(5))).toBe(a);
  });
});

describe('what is no filter is refused', () => {
  const code = (...words: number[]): Uint8Array => new Uint8Array(words);
  it.each([
    ['nothing at all', code()],
    ['half an instruction', code(6, 0, 0, 0)],
    ['an unknown code', code(0xff, 0, 0, 0, 0, 0, 0, 0)],
    ['a jump beyond the end', code(0x15, 0, 9, 0, 0, 0, 0, 0)],
    ['no return at the end', code(0x20, 0, 0, 0, 0, 0, 0, 0)],
    ['a load between two words', code(0x20, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0)],
    ['a load beyond the data', code(0x20, 0, 0, 0, 64, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0)],
    ['a memory word that is not there', code(0x60, 0, 0, 0, 16, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0)],
    ['4,097 instructions', new Uint8Array(8 * 4097)],
  ])('%s', (_name, bytes) => {
    expect(() => parseProgram(bytes)).toThrow(expect.objectContaining({ code: 'PROFILE_PROGRAM' }));
  });

  it.each([
    ['arithmetic on the number', [op(OP.loadWord, 0), op(OP.or, 1), op(OP.jumpEqual, 1, 0, 0), ret(0)]],
    ['a test of its low bits', [op(OP.loadWord, 0), op(OP.jumpSet, 1, 0, 0), ret(0)]],
    ['the number kept for later', [op(OP.loadWord, 4), op(OP.aToX), ret(0)]],
    ['an answer that an argument is', [op(OP.loadWord, 16), op(OP.returnA)]],
    [
      'two arguments that are compared',
      [op(OP.loadWord, 16), op(OP.aToX), op(OP.loadWord, 24), op(OP.jumpEqualX), ret(0)],
    ],
    ['a shift by 32', [op(OP.loadWord, 16), op(OP.shiftLeft, 32), ret(0)]],
  ])('%s is not understood, and said so', (_name, program) => {
    expect(() => programDiagram(new Diagrams(), program)).toThrow(
      expect.objectContaining({ code: 'PROFILE_PROGRAM' }),
    );
  });
});
