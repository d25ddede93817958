/** Profiles that are made to be understood slowly end with an error; how much may be asked of them is counted, not timed. */
import { describe, expect, it } from 'vitest';
import { ALLOW, errnoWord } from '../../../src/entitlements/algebra/actions.js';
import { checkProgram, OP, type Instruction } from '../../../src/entitlements/algebra/bpf-program.js';
import { programDiagram } from '../../../src/entitlements/algebra/bpf.js';
import { compareConfigs } from '../../../src/entitlements/algebra/config-compare.js';
import { Diagrams } from '../../../src/entitlements/algebra/diagram.js';
import { mergeFilters } from '../../../src/entitlements/algebra/merge.js';
import { objectDiagram } from '../../../src/entitlements/algebra/oci.js';
import type { Condition, SeccompRule } from '../../../src/entitlements/algebra/seccomp-object.js';
import { loaderOf } from './rules.js';

const LITTLE = 1 << 18;
const TOO_LARGE = expect.objectContaining({ code: 'PROFILE_TOO_LARGE' }) as Error;
const loader = loaderOf('crun');

const masked = (index: number, mask: bigint): Condition => ({
  index,
  op: 'SCMP_CMP_MASKED_EQ',
  value: mask,
  valueTwo: mask,
});
const rule = (names: readonly string[], ...conditions: Condition[]): SeccompRule => ({
  names,
  action: errnoWord(1),
  conditions,
});
const read = (diagrams: Diagrams, rules: readonly SeccompRule[]): number =>
  objectDiagram(diagrams, { defaultAction: ALLOW, architectures: [], rules }, loader);
/** That some bit is set in both of two arguments: the diagram has to know all of the first one. */
const bothHave = (bits: number, index: number): SeccompRule[] =>
  Array.from({ length: bits }, (_, i) =>
    rule(['mount'], masked(index, 1n << BigInt(i)), masked(index + 1, 1n << BigInt(i))),
  );
const step = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const program = (diagrams: Diagrams, ...steps: Instruction[]): number =>
  programDiagram(diagrams, checkProgram(steps));

describe('a hostile profile', () => {
  it('is refused when two arguments are compared bit by bit', () => {
    expect(() => read(new Diagrams(LITTLE), bothHave(64, 0))).toThrow(TOO_LARGE);
  });

  it('is refused when only what two come to together is large', () => {
    const [a, b] = [bothHave(10, 0), bothHave(10, 1)];
    const work = (of: (diagrams: Diagrams) => unknown): unknown => of(new Diagrams(LITTLE));
    expect(work(diagrams => read(diagrams, a))).toBeDefined();
    expect(() =>
      work(diagrams => mergeFilters(diagrams, 'join', read(diagrams, a), read(diagrams, b))),
    ).toThrow(TOO_LARGE);
  });

  it('is read once for a name that it repeats', () => {
    const conditions = Array.from({ length: 50 }, (_, i) => masked(0, BigInt(i + 1)));
    const diagrams = new Diagrams(LITTLE);
    const repeated = Array.from({ length: 100_000 }, () => 'mount');
    expect(read(diagrams, [rule(repeated, ...conditions)])).toBe(
      read(diagrams, [rule(['mount'], ...conditions)]),
    );
  });

  it('is refused when rules are many', () => {
    const rules = Array.from({ length: 20_000 }, (_, i) =>
      rule(['mount'], masked(i % 6, BigInt(i + 1) * 977n)),
    );
    expect(() => read(new Diagrams(LITTLE), rules)).toThrow(TOO_LARGE);
  });

  it('is refused as a configuration with lists that nobody has', () => {
    const paths = { linux: { maskedPaths: Array.from({ length: 5000 }, (_, i) => `/proc/${i}`) } };
    expect(() => compareConfigs(paths, paths)).toThrow(TOO_LARGE);
    const devices = Array.from({ length: 500 }, (_, i) => ({
      allow: true,
      type: 'c',
      major: i,
      minor: i,
      access: 'r',
    }));
    const config = { linux: { resources: { devices } } };
    expect(() => compareConfigs(config, config)).toThrow(TOO_LARGE);
  });

  it('is refused as a program that tells too many architectures and numbers apart', () => {
    const compares = Array.from({ length: 1000 }, (_, i) => step(OP.jumpEqual, i * 3));
    const steps = [step(OP.loadWord, 4), ...compares, step(OP.loadWord, 0), ...compares];
    expect(() => program(new Diagrams(), ...steps, step(OP.returnConstant, ALLOW))).toThrow(TOO_LARGE);
  });

  it('is refused as a program that remembers each bit of an argument', () => {
    const bits = Array.from({ length: 32 }, (_, i) => [
      ...[step(OP.loadWord, 16), step(OP.jumpSet, 2 ** i, 0, 3)],
      ...[step(OP.loadMemory, 0), step(OP.xor, Math.imul(0x9e3779b1, i + 1) >>> 0), step(OP.store, 0)],
    ]).flat();
    const end = [
      ...[step(OP.loadMemory, 0), step(OP.jumpEqual, 5, 0, 1)],
      ...[step(OP.returnConstant, ALLOW), step(OP.returnConstant, 0)],
    ];
    expect(() => program(new Diagrams(LITTLE), ...bits, ...end)).toThrow(TOO_LARGE);
  });
});
