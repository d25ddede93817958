/**
 * Which kind of node this machine is, found out by reading files alone: starting a runtime to ask for its version
 * would cost more than compiling a profile.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Baselines } from '../entitlements/model.js';

export interface Machine {
  /** As Go and OCI name it. */
  readonly arch: string;
  /** `runc-1.1`, when the package manager says which runtime is installed. */
  readonly runtime: string | undefined;
  /** `2.5.4`, likewise. */
  readonly libseccomp: string | undefined;
}

const GO_ARCH: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
]);
const RUNTIMES = ['runc', 'crun'] as const;
const DPKG_STATUS = '/var/lib/dpkg/status';

/**
 * @param root - where the file system begins; another one in tests
 * @param arch - as Node names it
 */
export function describeMachine(root = '', arch: string = process.arch): Machine {
  const goArch = GO_ARCH.get(arch) ?? arch;
  // Where packages put it: a runtime that somebody installed beside them says nothing about itself in a file.
  const name = RUNTIMES.find(
    runtime =>
      !existsSync(`${root}/usr/local/sbin/${runtime}`) &&
      !existsSync(`${root}/usr/local/bin/${runtime}`) &&
      [`${root}/usr/sbin/${runtime}`, `${root}/usr/bin/${runtime}`].some(path => existsSync(path)),
  );
  const packages = name === undefined ? Buffer.alloc(0) : readBytes(`${root}${DPKG_STATUS}`);
  const version = name && installedVersion(packages, name, /^(\d+\.\d+)/);
  return {
    arch: goArch,
    runtime: name && version ? `${name}-${version}` : undefined,
    libseccomp: installedVersion(packages, 'libseccomp2', /^(\d+\.\d+\.\d+)/),
  };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0); // Not a Debian: nothing is known, which the caller says.
  }
}

/**
 * The upstream version of an installed package. deb-version(7), dpkg's status file: nearly a megabyte, so that it is
 * searched as bytes and only one paragraph of it becomes text.
 */
function installedVersion(status: Buffer, name: string, form: RegExp): string | undefined {
  const heading = `Package: ${name}\n`;
  const first = status.subarray(0, heading.length).toString('latin1') === heading;
  const start = first ? 0 : status.indexOf(`\n${heading}`);
  if (start === -1) return undefined;
  const end = status.indexOf('\n\n', start + 1);
  const fields = status.toString('latin1', start, end === -1 ? undefined : end);
  if (!/^Status: install ok installed$/m.test(fields)) return undefined;
  const version = /^Version: (?:\d+:)?(\S+)$/m.exec(fields)?.[1] ?? '';
  return form.exec(version)?.[1];
}

/** The newest runc that a baseline covers: what most nodes run, or will. */
export function newestBaseline({ runtimes }: Baselines): string | undefined {
  const names = [...runtimes.keys()].sort((a, b) => rank(a) - rank(b));
  return names.findLast(name => name.startsWith('runc-')) ?? names.at(-1);
}

/** `runc-1.10` → 10010: the two numbers of a baseline's name have at most four digits. (Intl takes 6 ms to load.) */
function rank(name: string): number {
  const [, major = '0', minor = '0'] = /-(\d+)\.(\d+)$/.exec(name) ?? [];
  return Number(major) * 10_000 + Number(minor);
}
