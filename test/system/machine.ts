/** Kernels of other architectures, started by qemu, as test/tools/kernels/fetch.sh has put them into .kernels/. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Instruction } from '../../src/entitlements/algebra/bpf-program.js';
import type { Architecture } from '../../src/entitlements/model.js';
import type { TriedCall } from './calls.js';

/** Some calls behind a filter. */
export interface Case {
  readonly program: readonly Instruction[];
  readonly calls: readonly TriedCall[];
}

interface Machine {
  readonly compiler: string;
  readonly qemu: readonly string[];
  readonly console: string;
}

const MACHINES: ReadonlyMap<Architecture, Machine> = new Map([
  [
    'arm64',
    {
      compiler: 'aarch64-linux-gnu-gcc',
      qemu: ['qemu-system-aarch64', '-M', 'virt', '-cpu', 'cortex-a57'],
      console: 'ttyAMA0',
    },
  ],
  [
    'ppc64le',
    {
      compiler: 'powerpc64le-linux-gnu-gcc',
      qemu: ['qemu-system-ppc64', '-M', 'pseries', '-vga', 'none'],
      console: 'hvc0',
    },
  ],
  [
    'riscv64',
    { compiler: 'riscv64-linux-gnu-gcc', qemu: ['qemu-system-riscv64', '-M', 'virt'], console: 'ttyS0' },
  ],
  [
    's390x',
    { compiler: 's390x-linux-gnu-gcc', qemu: ['qemu-system-s390x', '-cpu', 'max'], console: 'ttysclp0' },
  ],
]);
const PROGRAM = fileURLToPath(new URL('programs/kernel.c', import.meta.url));
const WITHIN_MS = 1_500_000;

const kernelOf = (arch: Architecture): string => resolve('.kernels', arch);

/** True iff there is a kernel to ask. */
export const hasKernel = (arch: Architecture): boolean => MACHINES.has(arch) && existsSync(kernelOf(arch));

/**
 * What the kernel of `arch` answers to each call of each case, none of which is made.
 *
 * @param folder - for files that whoever gives it removes
 * @returns the errno, 0 when the call was made, or minus the signal that ended who tried it
 */
export function askKernel(arch: Architecture, folder: string, cases: readonly Case[]): number[][] {
  const machine = MACHINES.get(arch);
  if (machine === undefined) throw new Error(`no machine of ${arch}`);
  const root = mkdtempSync(join(folder, 'initramfs-'));
  execFileSync(machine.compiler, ['-O1', '-static', '-o', join(root, 'init'), PROGRAM]);
  writeFileSync(join(root, 'cases'), textOf(cases));
  const archive = execFileSync('cpio', ['--quiet', '-o', '-H', 'newc'], {
    cwd: root,
    input: 'init\ncases\n',
    maxBuffer: 2 ** 26,
  });
  writeFileSync(join(root, 'initrd'), archive);
  const [qemu = '', ...options] = machine.qemu;
  const more = ['-nographic', '-no-reboot', '-m', '512', '-kernel', kernelOf(arch)];
  const line = `console=${machine.console} quiet loglevel=0 panic=-1`;
  const said = execFileSync(qemu, [...options, ...more, '-initrd', join(root, 'initrd'), '-append', line], {
    encoding: 'utf8',
    input: '',
    timeout: WITHIN_MS,
    maxBuffer: 2 ** 26,
  });
  const answers = cases.map((): number[] => []);
  for (const [, i, call, answer] of said.matchAll(/^answer (\d+) (\d+) (-?\d+)\s*$/gm)) {
    const list = answers[Number(i)];
    if (list?.push(Number(answer)) !== Number(call) + 1)
      throw new Error(`answers of ${arch} are lost: ${said}`);
  }
  if (!/^end\s*$/m.test(said)) throw new Error(`the machine of ${arch} said ${said}`);
  return answers;
}

/** As `programs/kernel.c` reads it. */
const textOf = (cases: readonly Case[]): string =>
  [
    cases.length,
    ...cases.flatMap(({ program, calls }) => [
      `${program.length} ${calls.length}`,
      ...program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`),
      ...calls.map(({ number, args }) =>
        [number, ...Array.from({ length: 5 }, (_, i) => args[i] ?? 0n)].join(' '),
      ),
    ]),
    '',
  ].join('\n');
