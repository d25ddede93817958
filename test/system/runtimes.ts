/**
 * The runtimes that tests start containers with: those of the machine, and those that test/tools/runtimes/fetch.sh put
 * beside them, each with the libseccomp that it loads.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Loader } from '../../src/entitlements/algebra/oci.js';
import { findProgram } from '../support/system.js';

/** The runtimes that the model knows. */
export const NAMES = ['runc', 'crun'] as const satisfies readonly Loader['runtime'][];

export interface Runtime {
  readonly name: Loader['runtime'];
  /** The full path. */
  readonly program: string;
  /** What a profile for it is compiled for. */
  readonly target: { readonly arch: 'amd64'; readonly runtime: string; readonly libseccomp: string };
  /** `runc 1.1.5`, as the names of tests have it. */
  readonly version: string;
  /** The folder of the libraries that it loads, and of their loader; undefined is the machine's. */
  readonly libraries: string | undefined;
}

const FETCHED = resolve('.runtimes');

/** The runtimes of the machine; none where one of them is missing. */
export const INSTALLED = runtimesAt(findProgram);

/** Those, and all that were fetched. */
export const RUNTIMES: readonly Runtime[] = [
  ...INSTALLED,
  ...(existsSync(FETCHED) ? readdirSync(FETCHED).sort() : []).flatMap(suite =>
    runtimesAt(name => join(FETCHED, suite, name), join(FETCHED, suite, 'lib')),
  ),
];

/** What long tests start: without WRIT_ALL_RUNTIMES=1 those of the machine alone. */
export const FOR_LONG_TESTS = process.env['WRIT_ALL_RUNTIMES'] === '1' ? RUNTIMES : INSTALLED;

/** The one of the machine. */
export function installed(name: Runtime['name']): Runtime {
  const found = INSTALLED.find(runtime => runtime.name === name);
  if (found === undefined) throw new Error(`${name} went away`);
  return found;
}

/** runc says what libseccomp is there, for itself and for the crun beside it. */
function runtimesAt(find: (name: string) => string | undefined, libraries?: string): readonly Runtime[] {
  const programs = NAMES.map(name => find(name));
  const [runc] = programs;
  if (runc === undefined || programs.includes(undefined)) return [];
  const libseccomp = matchOf(runc, /libseccomp: (\S+)/);
  return NAMES.map((name, i) => {
    const program = programs[i] ?? '';
    const version = matchOf(program, /version (\d+\.\d+\.?\d*)/);
    const runtime = `${name}-${/^\d+\.\d+/.exec(version)?.[0] ?? ''}`;
    const target = { arch: 'amd64', runtime, libseccomp } as const;
    return { name, program, version: `${name} ${version}`, target, libraries };
  });
}

function matchOf(program: string, pattern: RegExp): string {
  const text = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const [, found] = pattern.exec(text) ?? [];
  if (found === undefined) throw new Error(`${program} --version says ${text}`);
  return found;
}
