/** The filters that libseccomp makes of profiles for every architecture: what was modelled, and closed to the classes of attack. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import type { Instruction } from '../../src/entitlements/algebra/bpf-program.js';
import { bitsOf } from '../../src/entitlements/algebra/call.js';
import { compareFilters } from '../../src/entitlements/algebra/compare.js';
import { Diagrams, type Node } from '../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { objectDiagram } from '../../src/entitlements/algebra/oci.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { ARCHITECTURES, FACTS } from '../../src/entitlements/architectures.js';
import { compile } from '../../src/entitlements/compile.js';
import type { Architecture } from '../../src/entitlements/model.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue, grants, seccompOf, top } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { BEYOND, callsAtEdges, cameBack, NUMBERS, ONES, type TriedCall } from './calls.js';
import { Libseccomp } from './libseccomp.js';
import { askKernel, hasKernel } from './machine.js';

const LIBSECCOMP = '2.5.4';
const ALLOW = 0x7fff0000;
const LONG = 1_800_000;
const SAME = { relation: 'equal', looser: undefined, stricter: undefined, answersDiffer: undefined };

const SETS: readonly (readonly string[])[] = [
  [],
  ['network=serve', 'programs=common', 'identity=switch'],
  ['network=admin', 'security=admin', 'kernel.userns=allow', 'debug=perf'],
  ['legacy32=allow', 'network=user'],
];

/**
 * Writing for another byte order than the machine's, libseccomp swaps the answers that it copies near long jumps once more,
 * which on a machine of that order is nothing. A named action is never the other way round.
 */
function unswapped(instruction: Instruction): Instruction {
  const { code, k } = instruction;
  if (code !== 0x06 || k === 0 || k === ALLOW || k >>> 16 === 0x0005) return instruction;
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, k);
  return { ...instruction, k: bytes.getUint32(0, true) };
}

/** Every number, and what conditions look at. */
function callsFor(profile: Profile, arch: Architecture): TriedCall[] {
  const args = [ONES, ONES, ONES, ONES, ONES];
  return [
    ...[...NUMBERS, ...BEYOND].flatMap(number => [
      { number, args: [] },
      { number, args },
    ]),
    ...callsAtEdges(profile, catalogue.tables.get(arch)?.numbers ?? new Map()),
  ];
}

/** What refuses each class under the lowest grants, by name: number and arguments. */
const ATTACKS: readonly (readonly [name: string, ...args: number[]])[] = [
  ...(['keyctl', 'add_key', 'bpf', 'io_uring_setup', 'perf_event_open', 'ptrace'] as const).map(
    name => [name] as const,
  ),
  ...(['open_by_handle_at', 'mount', 'fsopen', 'init_module', 'setns'] as const).map(name => [name] as const),
  ['socket', 2, 1, 0],
  ['socket', 2, 3, 255],
  ['socket', 17, 3, 0],
  ['socket', 16, 3, 12],
  ['socket', 38, 5, 0],
  ['socket', 40, 1, 0],
  ['setsockopt', 3, 0, 64],
  ['ioctl', 0, 0x5412],
  ['unshare', 0x10000000],
  // SYS_SOCKET, with what would be a pointer
  ['socketcall', 1, 0x1000],
];

describeWith(['gcc', 'file:/usr/include/seccomp.h'], 'filters of every architecture', () => {
  let folder: string;
  let libseccomp: Libseccomp;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'writ-architectures-'));
    libseccomp = new Libseccomp(folder);
  });
  afterAll(() => {
    libseccomp.end();
    rmSync(folder, { recursive: true });
  });

  const modelled = (diagrams: Diagrams, seccomp: JsonObject, arch: Architecture): Node => {
    const highest = baselines.libseccomp.get(LIBSECCOMP) ?? 0;
    const loader = makeLoader(catalogue, { runtime: 'crun', arch, highest, libseccomp: LIBSECCOMP });
    return objectDiagram(diagrams, readSeccompObject(seccomp), loader);
  };
  const made = async (diagrams: Diagrams, seccomp: JsonObject): Promise<Node> => {
    const object = readSeccompObject(seccomp);
    return programDiagram(diagrams, (await libseccomp.program(object)).map(unswapped));
  };

  describe.each(ARCHITECTURES)('%s', arch => {
    const target = { arch, runtime: 'crun-1.8', libseccomp: LIBSECCOMP };
    const compiled = (...entries: string[]): JsonObject =>
      seccompOf(compile(grants(...entries), target, baselines));

    it.each([
      ...SETS.map(entries => [entries.join(' ') || 'nothing', compiled(...entries)] as const),
      ['everything', seccompOf(compile(top, target, baselines))] as const,
    ])('are those that were modelled: %s', async (_name, seccomp) => {
      const diagrams = new Diagrams();
      const comparison = compareFilters(
        diagrams,
        modelled(diagrams, seccomp, arch),
        await made(diagrams, seccomp),
      );
      expect(comparison).toEqual(SAME);
    });

    // A machine for each of them takes a minute: only where somebody has fetched kernels.
    if (hasKernel(arch)) {
      it('are answered by a kernel as they were modelled', { timeout: LONG }, async () => {
        const tried = [...SETS.map(entries => grants(...entries)), top].map(given => {
          const profile = compile(given, target, baselines);
          const calls = callsFor(profile, arch);
          return { object: readSeccompObject(seccompOf(profile)), seccomp: seccompOf(profile), calls };
        });
        const cases = await Promise.all(
          tried.map(async ({ object, calls }) => ({
            program: (await libseccomp.program(object)).map(unswapped),
            calls,
          })),
        );
        const answers = askKernel(arch, folder, cases);
        const wrong = tried.flatMap(({ seccomp, calls }, i) => {
          const diagrams = new Diagrams();
          const model = modelled(diagrams, seccomp, arch);
          return calls.flatMap((call, j) => {
            const args = Array.from({ length: 6 }, (_, at) => call.args[at] ?? 0n);
            const word = diagrams.evaluate(
              model,
              bitsOf({ arch: FACTS[arch].audit, number: call.number, args }),
            );
            const [answered, expected] = [answers[i]?.[j], cameBack(word)];
            return answered === expected ? [] : [{ set: i, call, answered, expected }];
          });
        });
        expect(wrong).toEqual([]);
      });
    }

    it('are modelled where conditions are all that libseccomp changes: multiplexers and narrow arguments', async () => {
      const rule = (name: string, op: string, index: number, value: number, valueTwo = 0): JsonObject => ({
        names: [name],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index, op: `SCMP_CMP_${op}`, value, valueTwo }],
      });
      const seccomp: JsonObject = {
        defaultAction: 'SCMP_ACT_ERRNO',
        architectures: [FACTS[arch].seccomp],
        syscalls: [
          rule('socket', 'NE', 0, 40),
          rule('bind', 'EQ', 1, 5),
          rule('semop', 'LT', 0, 7),
          rule('shmget', 'MASKED_EQ', 1, 2 ** 40 + 1, 1),
          rule('read', 'GT', 2, 2 ** 33),
          rule('write', 'MASKED_EQ', 2, 2 ** 40, 2 ** 40),
        ],
      };
      const diagrams = new Diagrams();
      const comparison = compareFilters(
        diagrams,
        modelled(diagrams, seccomp, arch),
        await made(diagrams, seccomp),
      );
      expect(comparison).toEqual(SAME);
    });

    it.each(ATTACKS)('attack: %s is refused to who was granted nothing', async (...attack) => {
      const [name, ...numbers] = attack as [string, ...number[]];
      const diagrams = new Diagrams();
      const node = await made(diagrams, compiled());
      const number = catalogue.tables.get(arch)?.numbers.get(name);
      if (number === undefined) return;
      for (const high of [0n, FACTS[arch].isNarrow ? 0n : 2n ** 32n]) {
        const call = { arch: FACTS[arch].audit, number, args: numbers.map(word => BigInt(word) + high) };
        expect(diagrams.evaluate(node, bitsOf(call))).not.toBe(ALLOW);
      }
    });
  });
});
