/** What the installed libseccomp makes of rules: what they say, unless writ warns of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALLOW, errnoWord } from '../../src/entitlements/algebra/actions.js';
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import { doubtsOf } from '../../src/entitlements/algebra/doubts.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { objectDiagram } from '../../src/entitlements/algebra/oci.js';
import type { Condition, Operator, SeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { baselines, catalogue } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { random } from './laws.js';
import { Libseccomp } from './libseccomp.js';

const OBJECTS = 6000;
const OPERATORS = ['EQ', 'MASKED_EQ', 'NE', 'LT', 'LE', 'GT', 'GE'].map(op => `SCMP_CMP_${op}` as Operator);
const VALUES = [
  ...[0n, 1n, 2n, 3n, 5n, 6n, 0xffn, 2n ** 31n, 2n ** 32n - 1n],
  ...[2n ** 32n, 2n ** 32n + 5n, 2n ** 63n, 2n ** 64n - 1n],
];
const ARCHITECTURES = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'];

describeWith(['gcc', 'file:/usr/include/seccomp.h'], 'the rules of a seccomp object', () => {
  let folder: string;
  let libseccomp: Libseccomp;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'writ-doubts-'));
    libseccomp = new Libseccomp(folder);
  });
  afterAll(() => {
    libseccomp.end();
    rmSync(folder, { recursive: true });
  });
  const highest = baselines.libseccomp.get('2.5.4') ?? 0;
  const loader = makeLoader(catalogue, { runtime: 'crun', arch: 'amd64', highest });

  const objectOf = (...rules: readonly (readonly Condition[])[]): SeccompObject => ({
    defaultAction: ALLOW,
    architectures: ARCHITECTURES,
    rules: rules.map(conditions => ({ names: ['mount'], action: errnoWord(1), conditions })),
  });
  const isLoaded = async (object: SeccompObject): Promise<boolean> => {
    const diagrams = new Diagrams();
    const said = objectDiagram(diagrams, object, loader);
    return programDiagram(diagrams, await libseccomp.program(object)) === said;
  };
  const test = (index: number, op: string, value: bigint, valueTwo = 0n): Condition => ({
    index,
    op: `SCMP_CMP_${op}` as Operator,
    value,
    valueTwo,
  });

  it(`is loaded as it says, unless there is a warning, for ${OBJECTS} random objects`, async () => {
    const next = random(11);
    const pick = <T>(values: readonly T[]): T => values[next(values.length)]!;
    const conditions = (): Condition[] => {
      const indexes = [0, 1, 2].filter(() => next(2) === 0);
      return (indexes.length === 0 ? [3] : indexes).map(index => ({
        index,
        op: pick(OPERATORS),
        value: pick(VALUES),
        valueTwo: pick(VALUES),
      }));
    };
    let tried = 0;
    for (let i = 0; i < OBJECTS; i++) {
      const object = objectOf(...Array.from({ length: 1 + next(3) }, conditions));
      if (doubtsOf(object, loader).length > 0) continue;
      tried++;
      expect(
        await isLoaded(object),
        JSON.stringify(object, (_, one: unknown) => String(one)),
      ).toBe(true);
    }
    expect(tried).toBeGreaterThan(OBJECTS / 5);
  });

  it.each([
    ['sizes', [[test(0, 'LE', 1n)], [test(0, 'LT', 2n ** 32n)]]],
    ['NE beside another argument', [[test(0, 'NE', 1n)], [test(0, 'NE', 4n), test(1, 'EQ', 0n)]]],
  ])('is something else with %s, and there is a warning', async (_, rules) => {
    const object = objectOf(...rules);
    expect(doubtsOf(object, loader)).toContainEqual({ architecture: 'SCMP_ARCH_X86_64', syscall: 'mount' });
    expect(await isLoaded(object)).toBe(false);
  });

  it('stands for the whole call on tables of 32 bits where one of its alternatives is about upper halves', async () => {
    expect(await isLoaded(objectOf([test(0, 'MASKED_EQ', 2n ** 32n), test(0, 'EQ', 5n)]))).toBe(true);
  });
});
