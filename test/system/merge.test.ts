/** Objects that meet and join write, loaded by the installed libseccomp and read back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALLOW, errnoWord } from '../../src/entitlements/algebra/actions.js';
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import { Diagrams, type Node } from '../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { mergeFilters } from '../../src/entitlements/algebra/merge.js';
import { objectDiagram } from '../../src/entitlements/algebra/oci.js';
import { readSeccompObject, type SeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { instructionsAtMost } from '../../src/entitlements/algebra/program-size.js';
import { objectOf } from '../../src/entitlements/algebra/to-object.js';
import { compile } from '../../src/entitlements/compile.js';
import { isWritError } from '../../src/errors.js';
import { baselines, catalogue, seccompOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { random, stepsOf } from './laws.js';
import { Libseccomp } from './libseccomp.js';

const NODE = { arch: 'amd64', runtime: 'crun-1.8', libseccomp: '2.5.4' };
const PAIRS = 100;

describeWith(['gcc', 'file:/usr/include/seccomp.h'], 'the meet and the join of two profiles', () => {
  let folder: string;
  let libseccomp: Libseccomp;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'writ-merge-'));
    libseccomp = new Libseccomp(folder);
  });
  afterAll(() => {
    libseccomp.end();
    rmSync(folder, { recursive: true });
  });
  const highest = baselines.libseccomp.get('2.5.4') ?? 0;
  const loader = makeLoader(catalogue, { runtime: 'crun', arch: 'amd64', highest });

  /** Undefined for what may be too large for the kernel. */
  const written = (diagrams: Diagrams, node: Node): SeccompObject | undefined => {
    try {
      return objectOf(diagrams, [{ loader, node }]);
    } catch (error) {
      if (isWritError(error) && error.code === 'PROFILE_TOO_LARGE') return undefined;
      throw error;
    }
  };

  it(`are what libseccomp loads of them, for ${PAIRS} random pairs`, async () => {
    const next = random(3);
    const steps = stepsOf(catalogue);
    let count = 0;
    const pick = () => steps[next(steps.length)]!.grants;
    for (let i = 0; i < PAIRS; i++) {
      const diagrams = new Diagrams();
      const [a = 0, b = 0] = [pick(), pick()].map(grants =>
        objectDiagram(diagrams, readSeccompObject(seccompOf(compile(grants, NODE, baselines))), loader),
      );
      for (const operation of ['meet', 'join'] as const) {
        const node = mergeFilters(diagrams, operation, a, b);
        const object = written(diagrams, node);
        if (object === undefined) continue;
        count++;
        const program = await libseccomp.program(object, [0xc000003e]);
        expect(programDiagram(diagrams, program)).toBe(node);
        expect(program.length).toBeLessThanOrEqual(instructionsAtMost(object, loader));
      }
    }
    expect(count).toBeGreaterThan(PAIRS);
  });

  it('are written as long as the kernel loads them', async () => {
    const diagrams = new Diagrams();
    const names = [...(loader.architectures.get('SCMP_ARCH_X86_64')?.numbers.keys() ?? [])];
    const rules = Array.from({ length: 600 }, (_, i) => ({
      names: ['mount'],
      action: ALLOW,
      conditions: [{ index: 0, op: 'SCMP_CMP_EQ' as const, value: BigInt(i * 7919), valueTwo: 0n }],
    }));
    const others = { names: names.filter(name => name !== 'mount'), action: ALLOW, conditions: [] };
    const all = { defaultAction: errnoWord(1), architectures: [], rules: [others, ...rules] };
    const object = objectOf(diagrams, [{ loader, node: objectDiagram(diagrams, all, loader) }]);
    const program = await libseccomp.program(object, [0xc000003e]);
    expect(program.length).toBeLessThanOrEqual(instructionsAtMost(object, loader));
    expect(program.length).toBeGreaterThan(900);
  });
});
