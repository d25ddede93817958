/** Each instruction of classic BPF, and each way that two of them meet: the diagram answers as the program does. */
import { describe, expect, it } from 'vitest';
import { programDiagram } from '../../../src/entitlements/algebra/bpf.js';
import {
  checkProgram,
  OP,
  parseProgram,
  type Instruction,
} from '../../../src/entitlements/algebra/bpf-program.js';
import { bitsOf, type Call } from '../../../src/entitlements/algebra/call.js';
import { Diagrams } from '../../../src/entitlements/algebra/diagram.js';
import { runProgram } from './interpreter.js';

const [X86_64, S390X] = [0xc000003e, 0x80000016];
const op = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const ret = (k: number): Instruction => op(OP.returnConstant, k);
/** Of `struct seccomp_data`; the lower half of an argument. */
const number = op(OP.loadWord, 0);
const arch = op(OP.loadWord, 4);
const arg = (i: number): Instruction => op(OP.loadWord, 16 + 8 * i);

const WIDE = [
  0n,
  1n,
  5n,
  6n,
  7n,
  8n,
  0x80000005n,
  0xffffffffn,
  2n ** 32n,
  5n * 2n ** 32n,
  5n * 2n ** 32n + 5n,
];
const CALLS: readonly Call[] = [X86_64, S390X, 5].flatMap(architecture =>
  [0, 40, 41, 42, 43, 0x3fffffff, 0x40000000, 0x41000000, 0x80000000, 0xffffffff].flatMap(each =>
    WIDE.flatMap(a =>
      [0n, 5n, 2n ** 32n].map(b => ({ arch: architecture, number: each, args: [a, b, 0n, 0n, 0n, a] })),
    ),
  ),
);

const answersAlike = (program: readonly Instruction[]): void => {
  const diagrams = new Diagrams();
  const node = programDiagram(diagrams, checkProgram(program));
  // Halves of arguments are in the order of s390x for programs that ask for it.
  const asks = program.some(({ k }) => k === S390X);
  for (const call of CALLS.filter(one => asks || one.arch !== S390X)) {
    const found = diagrams.evaluate(node, bitsOf(call));
    if (found !== runProgram(program, call)) expect([call, found]).toEqual([call, runProgram(program, call)]);
  }
};
const yesNo = [ret(1), ret(2)];
const TESTS = { equal: OP.jumpEqual, greater: OP.jumpGreater, notLess: OP.jumpNotLess, set: OP.jumpSet };
const TESTS_X = {
  equal: OP.jumpEqualX,
  greater: OP.jumpGreaterX,
  notLess: OP.jumpNotLessX,
  set: OP.jumpSetX,
};

describe('a test', () => {
  it.each(Object.entries(TESTS))('%s of an argument, of a constant, in both halves', (_, code) => {
    for (const k of [0, 1, 5, 0x80000000, 0xffffffff]) {
      for (const a of [arg(0), op(OP.loadWord, 20), arg(5), op(OP.loadConstant, 5), op(OP.loadConstant, 0)])
        answersAlike([a, op(code, k, 0, 1), ...yesNo]);
    }
  });

  it.each(Object.entries(TESTS_X))('%s with X', (_, code) => {
    for (const k of [0, 4, 5, 6])
      for (const a of [arg(0), op(OP.loadConstant, 5)])
        answersAlike([op(OP.loadConstantX, k), a, op(code, 99, 0, 1), ...yesNo]);
  });

  it.each([OP.jumpEqual, OP.jumpGreater, OP.jumpNotLess])(
    '%d of the number and of the architecture',
    code => {
      for (const k of [0, 41, 42, 0xffffffff, X86_64])
        for (const word of [number, arch]) answersAlike([word, op(code, k, 0, 1), ...yesNo]);
    },
  );

  it('of high bits of the number', () => {
    for (const mask of [0x40000000, 0xff000000, 0x80000000, 0xc1000000]) {
      answersAlike([number, op(OP.jumpSet, mask, 0, 1), ...yesNo]);
      answersAlike([number, op(OP.and, mask), op(OP.jumpEqual, 0x40000000, 0, 1), ...yesNo]);
    }
  });

  it('of a number that is a number no more', () => {
    const masked = [number, op(OP.and, 0xf0000000), op(OP.or, 1)];
    answersAlike([...masked, op(OP.jumpEqual, 0x40000001, 0, 1), ...yesNo]);
    answersAlike([number, op(OP.loadConstant, 5), op(OP.or, 2), op(OP.returnA)]);
  });

  it('of many numbers, one after the other, and of one word after the other', () => {
    answersAlike([
      ...[number, op(OP.jumpEqual, 41, 5, 0), op(OP.jumpGreater, 0x3fffffff, 5, 0), op(OP.jump, 0)],
      ...[
        op(OP.jumpNotLess, 42, 4, 0),
        op(OP.jumpEqual, 40, 4, 0),
        ret(0),
        ret(41),
        ret(3),
        ret(42),
        ret(40),
      ],
    ]);
    answersAlike([
      ...[number, op(OP.jumpEqual, 41, 0, 1), ret(1), arch, op(OP.jumpEqual, S390X, 0, 1), ret(2)],
      ...[number, op(OP.jumpGreater, 42, 0, 1), ret(3), arg(0), op(OP.jumpEqual, 5, 0, 1), ret(4), ret(5)],
    ]);
  });
});

describe('a word', () => {
  const show = [op(OP.jumpEqual, 5, 0, 1), ...yesNo];

  it.each([OP.and, OP.or, OP.xor])('is changed by %d', code => {
    for (const k of [0, 1, 5, 0x80000005, 0xffffffff]) {
      answersAlike([arg(0), op(code, k), ...show]);
      answersAlike([op(OP.loadConstant, 7), op(code, k), op(OP.returnA)]);
    }
  });

  it.each([OP.shiftLeft, OP.shiftRight])('is shifted by %d', code => {
    for (const k of [0, 1, 3, 31]) {
      for (const wanted of [0, 1, 5, 10, 0x80000000])
        answersAlike([arg(0), op(code, k), op(OP.jumpEqual, wanted, 0, 1), ...yesNo]);
      answersAlike([op(OP.loadConstant, 0x80000005), op(code, k), op(OP.returnA)]);
    }
  });

  it('goes through memory and X', () => {
    const [keep, fetch] = [op(OP.store, 3), op(OP.loadMemory, 3)];
    const clear = op(OP.loadConstant, 9);
    answersAlike([arg(0), keep, clear, fetch, ...show]);
    answersAlike([fetch, op(OP.returnA)]);
    answersAlike([op(OP.loadConstantX, 5), op(OP.storeX, 15), clear, op(OP.loadMemory, 15), op(OP.returnA)]);
    answersAlike([clear, keep, op(OP.loadMemoryX, 3), op(OP.loadConstant, 1), op(OP.xToA), op(OP.returnA)]);
    answersAlike([arg(0), op(OP.aToX), clear, op(OP.xToA), ...show]);
    answersAlike([op(OP.loadLength), op(OP.returnA)]);
    answersAlike([op(OP.loadLengthX), clear, op(OP.xToA), op(OP.returnA)]);
    answersAlike([op(OP.loadConstant, 6), op(OP.returnA)]);
    answersAlike([op(OP.returnA)]);
    answersAlike([op(OP.xToA), op(OP.returnA)]);
    answersAlike([op(OP.loadWord, 8), op(OP.jumpEqual, 0, 0, 1), ...yesNo]);
    answersAlike([op(OP.loadWord, 12), op(OP.jumpSet, 0xffffffff, 0, 1), ...yesNo]);
  });
});

describe('two ways that meet', () => {
  const fork = [arg(0), op(OP.jumpEqual, 5, 0, 2)];
  /** Behind both ways: a test of another argument, then what each way left behind. */
  const meet = (...left: Instruction[]): Instruction[] => [
    arg(1),
    op(OP.jumpEqual, 5, 0, left.length),
    ...left,
    ret(0),
  ];

  it('with another X', () => {
    const [one, two] = [op(OP.loadConstantX, 1), op(OP.loadConstantX, 2)];
    const program = [...fork, one, op(OP.jump, 1), two, ...meet(op(OP.xToA), op(OP.returnA))];
    answersAlike(program);
    answersAlike([arch, op(OP.jumpEqual, S390X, 0, 0), ...program]);
    answersAlike([
      ...fork,
      one,
      op(OP.jump, 1),
      two,
      ...meet(op(OP.storeX, 1), op(OP.loadMemory, 1), op(OP.returnA)),
    ]);
  });

  it('with another memory', () => {
    const [one, two] = [1, 2].map(k => [op(OP.loadConstant, k), op(OP.store, 4)] as const);
    const ways = [arg(0), op(OP.jumpEqual, 5, 0, 3), ...one!, op(OP.jump, 2), ...two!];
    answersAlike([...ways, ...meet(op(OP.loadMemory, 4), op(OP.returnA))]);
    answersAlike([...ways, ...meet(op(OP.loadMemoryX, 4), op(OP.xToA), op(OP.returnA))]);
    answersAlike([...ways, ...meet(op(OP.loadMemory, 5), op(OP.returnA))]);
    answersAlike([...ways, ...meet(op(OP.storeX, 1), op(OP.loadMemory, 4), op(OP.returnA))]);
    const otherwise = [arg(1), op(OP.jumpEqual, 5, 0, 1), ret(0), op(OP.loadMemory, 4), op(OP.returnA)];
    answersAlike([...ways, ...otherwise]);
  });

  it('with another A', () => {
    answersAlike([
      ...[arg(1), op(OP.jumpEqual, 5, 0, 2), arg(0), op(OP.jump, 1), op(OP.loadWord, 20)],
      ...[op(OP.jumpEqual, 5, 0, 1), ...yesNo],
    ]);
    answersAlike([
      ...[arg(0), op(OP.jumpEqual, 5, 0, 2), op(OP.loadConstant, 1), op(OP.jump, 1), op(OP.loadConstant, 2)],
      ...[op(OP.aToX), ...meet(op(OP.xToA), op(OP.returnA))],
    ]);
  });

  it('before the number or the architecture is asked for', () => {
    for (const word of [number, arch]) {
      const ask = [word, op(OP.jumpEqual, word === number ? 41 : X86_64, 0, 1), ...yesNo];
      answersAlike([arg(0), op(OP.jumpEqual, 5, 0, 1), ret(3), ...ask]);
      answersAlike([arg(0), op(OP.jumpEqual, 5, 1, 0), ret(3), ...ask]);
      answersAlike([...ask.slice(0, 2), op(OP.jump, 0), arg(0), op(OP.jumpEqual, 5, 1, 0), ret(3), ...ask]);
    }
  });

  it('in another program', () => {
    const diagrams = new Diagrams();
    const of = (no: number): number =>
      programDiagram(diagrams, [arg(0), op(OP.jumpEqual, 5, 0, 1), ret(1), ret(no)]);
    const other = bitsOf({ arch: X86_64, number: 0, args: [6n] });
    expect([2, 3, 2].map(no => diagrams.evaluate(of(no), other))).toEqual([2, 3, 2]);
  });

  it('where one of them has the number in A', () => {
    const ways = [number, op(OP.jumpEqual, 41, 1, 0), op(OP.loadConstant, 5), op(OP.or, 1), op(OP.returnA)];
    expect(() => programDiagram(new Diagrams(), ways)).toThrow('arithmetic of code 0x44 on the call number');
  });

  it('on machines of both orders of bytes', () => {
    answersAlike([arch, op(OP.jumpEqual, S390X, 0, 0), arg(0), op(OP.jumpEqual, 5, 0, 1), ...yesNo]);
    answersAlike([
      arch,
      op(OP.jumpNotLess, S390X, 0, 0),
      op(OP.loadWord, 20),
      op(OP.jumpSet, 1, 0, 1),
      ...yesNo,
    ]);
  });
});

describe('bytes', () => {
  const program = [
    op(OP.loadWord, 4),
    op(OP.jumpEqual, X86_64, 1, 2),
    ...[3, 0x80000000, 0x7fff0000].map(ret),
  ];
  const bytesOf = (instructions: readonly Instruction[], little: boolean): Uint8Array => {
    const view = new DataView(new ArrayBuffer(8 * instructions.length + 3), 3);
    instructions.forEach(({ code, jt, jf, k }, i) => {
      view.setUint16(8 * i, code, little);
      view.setUint8(8 * i + 2, jt);
      view.setUint8(8 * i + 3, jf);
      view.setUint32(8 * i + 4, k, little);
    });
    return new Uint8Array(view.buffer, 3);
  };

  it('are read in both orders, wherever they stand', () => {
    expect(parseProgram(bytesOf(program, true))).toEqual(program);
    expect(parseProgram(bytesOf(program, false))).toEqual(program);
  });

  it('are at most 4096 instructions', () => {
    const returns = (count: number): Instruction[] => Array.from({ length: count }, () => ret(1));
    expect(parseProgram(bytesOf(returns(4096), true))).toHaveLength(4096);
    expect(() => parseProgram(bytesOf(returns(4097), true))).toThrow('it has 32776 bytes');
  });
});

describe('a refusal says why', () => {
  const why = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as Error).message.replace('the program is no seccomp filter: ', '');
    }
    return 'taken';
  };
  it.each<[string, Instruction[]]>([
    ['instruction 1 has the code 0x99', [ret(0), op(0x99)]],
    ['instruction 0 loads from 2', [op(OP.loadWord, 2), ret(0)]],
    ['instruction 0 loads from 64', [op(OP.loadWord, 64), ret(0)]],
    ['taken', [op(OP.loadWord, 60), op(OP.loadConstant, 64), ret(99)]],
    ['instruction 0 uses the memory word 16', [op(OP.storeX, 16), ret(0)]],
    ['taken', [op(OP.storeX, 15), ret(0)]],
    ['instruction 0 goes beyond the end', [op(OP.jump, 1), ret(0)]],
    ['instruction 0 goes beyond the end', [op(OP.jumpEqual, 0, 0, 1), ret(0)]],
    ['instruction 0 goes beyond the end', [op(OP.jumpEqual, 0, 1, 0), ret(0)]],
  ])('%s', (message, program) => {
    expect(why(() => checkProgram(program))).toBe(message);
  });

  it.each<[string, Instruction[]]>([
    ['it is empty', []],
    ['arithmetic of code 0x44 on the call number is not understood', [number, op(OP.or, 1), ret(0)]],
    ['arithmetic of code 0x2 on the architecture is not understood', [arch, op(OP.store, 1), ret(0)]],
    ['arithmetic of code 0x54 on the call number is not understood', [number, op(OP.and, 0x800000), ret(0)]],
    ['a test of code 0x45 on the architecture is not understood', [arch, op(OP.jumpSet, 1), ret(0)]],
    ['a test of code 0x1d on the call number is not understood', [number, op(OP.jumpEqualX), ret(0)]],
    ['arithmetic of code 0x16 on the call number is not understood', [number, op(OP.returnA)]],
    ['what it returns depends on the arguments bit by bit', [arg(0), op(OP.returnA)]],
    ['it compares two arguments with each other', [arg(0), op(OP.aToX), arg(1), op(OP.jumpEqualX), ret(0)]],
    ['it shifts by 32 bits', [op(OP.loadConstant, 1), op(OP.shiftRight, 32), ret(0)]],
  ])('%s', (message, program) => {
    expect(why(() => programDiagram(new Diagrams(), program))).toBe(message);
  });
});
