/**
 * Monotone, and nothing from a combination alone: proved for what libseccomp makes of profiles. Runtimes are held to load
 * just that by laws-runtimes.test.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../src/entitlements/algebra/bpf-program.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { compile } from '../../src/entitlements/compile.js';
import { lowest, type Grants } from '../../src/entitlements/grants.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue, seccompOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { EXCEPTIONS } from './laws-exceptions.js';
import { fullPoint, joinsOf, Laws, pairsOf, random, stepPairs, stepsOf, type Pair } from './laws.js';
import { Libseccomp } from './libseccomp.js';

const SEED = 5;
const RANDOM_PAIRS = 10_000;
/** Random points of which all joins are points too: the filter of a join is then that of many pairs. */
const BASE = 5;
/** Pairs of such points that are not tried. */
const BASE_PAIRS_LEFT = 215;
const LONG = 3_600_000;

describeWith(['gcc', 'file:/usr/include/seccomp.h'], 'the laws, on what libseccomp makes of profiles', () => {
  let folder: string;
  let libseccomp: Libseccomp;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'writ-laws-'));
    libseccomp = new Libseccomp(folder);
  });
  afterAll(() => {
    libseccomp.end();
    rmSync(folder, { recursive: true });
  });

  const make = (seccomp: JsonObject): Promise<readonly Instruction[]> =>
    libseccomp.program(readSeccompObject(seccomp));
  const steps = stepsOf(catalogue);
  const singles: Pair[] = steps.flatMap(({ grants }) => [
    [lowest(catalogue), grants],
    [grants, grants],
  ]);
  const node = (arch: string, runtime: string) => ({ arch, runtime, libseccomp: '2.5.4' });
  const compiled =
    (arch: string, runtime: string) =>
    (grants: Grants): JsonObject =>
      seccompOf(compile(grants, node(arch, runtime), baselines));

  it.each([
    ['runc-1.1', 'amd64'],
    ['crun-1.8', 'arm64'],
  ] as const)(
    'hold for every level, and for every two levels of two domains: %s on %s',
    async (runtime, arch) => {
      const laws = new Laws(make, compiled(arch, runtime));
      expect(await laws.check([...singles, ...stepPairs(steps)])).toEqual([]);
      expect(laws.filters).toBeGreaterThan(steps.length / 2);
    },
    LONG,
  );

  it(
    `hold for ${RANDOM_PAIRS} random pairs of full points`,
    async () => {
      const next = random(SEED);
      const chosen: Pair[] = [];
      while (chosen.length < RANDOM_PAIRS) {
        // The same for all of a group, so that no others have to be made: pairs that differ in it are among the levels.
        const tables = new Map([['legacy32', next(8) === 0 ? 'allow' : 'none']]);
        const base = Array.from({ length: BASE }, () => fullPoint(catalogue, next).with(tables));
        const pairs = pairsOf(joinsOf(base));
        while (chosen.length < RANDOM_PAIRS && pairs.length > BASE_PAIRS_LEFT) {
          chosen.push(...pairs.splice(next(pairs.length), 1));
        }
      }
      const laws = new Laws(make, compiled('amd64', 'runc-1.1'));
      expect(await laws.check(chosen)).toEqual([]);
      expect(laws.filters).toBeGreaterThan(1000);
    },
    LONG,
  );

  it('are broken by a call that only two grants together open, and the test says by which', async () => {
    const [one, other] = [steps[0]!, steps.find(({ domain }) => domain !== steps[0]!.domain)!];
    const opens = (grants: Grants): boolean =>
      [one, other].every(({ domain, level }) => grants.covers(domain, level));
    const mutated = (grants: Grants): JsonObject => {
      const seccomp = compiled('amd64', 'runc-1.1')(grants);
      if (!opens(grants)) return seccomp;
      const rules = seccomp['syscalls'] as readonly JsonObject[];
      const without = rules.map(rule => ({
        ...rule,
        names: (rule['names'] as readonly string[]).filter(name => name !== 'nfsservctl'),
      }));
      return { ...seccomp, syscalls: [...without, { action: 'SCMP_ACT_ALLOW', names: ['nfsservctl'] }] };
    };
    const laws = new Laws(make, mutated);
    const some = stepPairs(steps).slice(0, 200);
    expect(await laws.check(some)).toContainEqual(
      expect.objectContaining({ law: 'join', a: one.grants.toString(), b: other.grants.toString() }),
    );
  });

  it('have no exception that is none', () => {
    expect(EXCEPTIONS.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });
});
