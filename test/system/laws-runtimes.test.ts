/**
 * The laws, on filters read back from containers of each runtime: every level, and a sample of pairs. That each is what
 * libseccomp makes of the object, for which laws.test.ts has all pairs, is held too. WRIT_ALL_PAIRS=1 starts a container for
 * every two levels.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayPermit } from '../../src/entitlements/algebra/actions.js';
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import { checkProgram, type Instruction } from '../../src/entitlements/algebra/bpf-program.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { compile } from '../../src/entitlements/compile.js';
import { lowest, type Grants } from '../../src/entitlements/grants.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue, profileOf, seccompOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { parseProgram } from './bpf.js';
import { commandOf, CONTAINERS, filterOf, makeBundle, makeRoot } from './container.js';
import { Laws, random, stepPairs, stepsOf, type Pair } from './laws.js';
import { Libseccomp } from './libseccomp.js';
import { FOR_LONG_TESTS } from './runtimes.js';

const execute = promisify(execFile);
const SEED = 6;
const SAMPLE = 25;
const AT_ONCE = 3;
const LONG = 1_200_000;
const ALL = process.env['WRIT_ALL_PAIRS'] === '1';

describeWith([...CONTAINERS, 'file:/usr/include/seccomp.h'], 'the laws, on what runtimes load', () => {
  let root: string;
  beforeAll(() => {
    root = makeRoot();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const steps = stepsOf(catalogue);
  const singles: Pair[] = steps.map(({ grants }) => [lowest(catalogue), grants]);
  const pairs = stepPairs(steps);
  const next = random(SEED);
  const chosen = ALL ? pairs : Array.from({ length: SAMPLE }, () => pairs[next(pairs.length)]!);

  describe.each(FOR_LONG_TESTS)('$version', runtime => {
    const { target } = runtime;
    let running: Promise<unknown>[] = [];
    let libseccomp: Libseccomp;
    beforeAll(() => {
      libseccomp = new Libseccomp(mkdtempSync(joinPath(root, 'libseccomp-')), runtime.libraries);
    });
    afterAll(() => {
      libseccomp.end();
    });

    /** The filter of a container that sleeps; a few are started at once. */
    async function load(seccomp: JsonObject): Promise<readonly Instruction[]> {
      while (running.length >= AT_ONCE) await Promise.race(running);
      const started = start(seccomp);
      const ended = started
        .catch(() => undefined)
        .then(() => {
          running = running.filter(one => one !== ended);
        });
      running.push(ended);
      return started;
    }

    async function start(seccomp: JsonObject): Promise<readonly Instruction[]> {
      const profile = profileOf([], target);
      const { bundle, id } = makeBundle({
        root,
        runtime,
        profile,
        uid: 65534,
        args: ['sleep', '600'],
        seccomp,
      });
      const pidFile = joinPath(bundle, 'pid');
      const invoke = async (...args: string[]): Promise<void> => {
        const [program = '', ...rest] = commandOf(runtime, args);
        await execute('sh', ['-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'sh', program, ...rest]);
      };
      try {
        await invoke('run', '--detach', '--pid-file', pidFile, '--bundle', bundle, id);
        return checkProgram(parseProgram(filterOf(root, Number(readFileSync(pidFile, 'utf8')))));
      } finally {
        await invoke('delete', '--force', id).catch(() => undefined);
        rmSync(bundle, { recursive: true });
      }
    }

    it(
      `hold for every level and ${ALL ? 'all' : `${SAMPLE} random`} pairs, and filters are libseccomp's`,
      async () => {
        const others: string[] = [];
        const loadAndCompare = async (seccomp: JsonObject): Promise<readonly Instruction[]> => {
          const loaded = await load(seccomp);
          const made = await libseccomp.program(readSeccompObject(seccomp));
          const diagrams = new Diagrams();
          const [a, b] = [loaded, made].map(program =>
            diagrams.map(programDiagram(diagrams, program), answer => (mayPermit(answer) ? 1 : 0)),
          );
          if (a !== b) others.push(JSON.stringify(seccomp));
          return loaded;
        };
        const laws = new Laws(loadAndCompare, (grants: Grants) =>
          seccompOf(compile(grants, target, baselines)),
        );
        const violations = await laws.check([...singles, ...chosen]);
        expect(violations).toEqual([]);
        expect(others).toEqual([]);
        expect(laws.filters).toBeGreaterThan(steps.length / 2);
      },
      LONG,
    );
  });
});
