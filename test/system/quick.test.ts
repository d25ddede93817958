/** The quick start of `writ profile compile` and the full program are one program: same bytes, errors, exit codes. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtWrit } from './writ-serve.js';

const QUICK = builtWrit();
const DIST = dirname(QUICK);
const FULL = join(DIST, 'program', 'main.js');
const NODE = ['--arch', 'amd64', '--runtime', 'runc-1.1', '--libseccomp', '2.5.4'];
const COMPILE = ['profile', 'compile'];

const folder = mkdtempSync(join(tmpdir(), 'writ-quick-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, argv: readonly string[], cwd = folder): Ran {
  const { status, stdout, stderr } = spawnSync(program, [...argv], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}
const node = (...argv: string[]): Ran => run(process.execPath, argv);
const shell = (script: string, ...argv: string[]): Ran => run('bash', ['-c', script, 'bash', ...argv]);

/** A copy of what is built, to take something away from. */
function copyOfDist(name: string): string {
  const copy = join(folder, name);
  cpSync(DIST, copy, { recursive: true, filter: source => source !== dirname(FULL) });
  return copy;
}
const cacheIn = (dist: string): string[] => readdirSync(dist).filter(name => name.endsWith('.cache'));

describe('the quick start', () => {
  it.each([
    [],
    ['--grant', 'network=user', ...NODE],
    ['--grant', 'network=admin', '--grant=security=admin', ...NODE, '-v'],
    ['--preset', 'web-service', '--format', 'docker', ...NODE, '-q'],
    ['--grant', 'network=user', '--format', 'kubernetes', '--runtime', 'crun-1.8'],
    ['--format', 'seccomp', '--arch', 'arm64', '--runtime', 'runc-1.3'],
    ['--help'],
    ['-h', '--grant', 'nonsense'],
    ['--grant', 'netwrok=user'],
    ['--grant', 'network=everything', '--json'],
    ['--grant', 'network', '-v'],
    ['--grant', 'network=user', '--grant', 'network=admin'],
    ['--preset', 'absent', '--json', '-v'],
    ['--format', 'helm', '--json'],
    ['--runtime', 'runc-0.9'],
    ['--arch', 's390x', '--json'],
    ['--kernel', '2.6', '--runtime', 'runc-1.1'],
    ['--frmat', 'oci'],
    ['--format'],
    ['--json=1'],
    ['extra'],
    ['extra', '--json'],
    ['--', '--help'],
    ['-o', '/absent/x'],
    ['-o', '/dev/full'],
    ['--config', '/absent/writ.yaml'],
  ])('says what the full program says: %j', (...argv) => {
    const quick = node(QUICK, ...COMPILE, ...argv);
    expect(quick).toEqual(node(FULL, ...COMPILE, ...argv));
    expect(quick.stdout + quick.stderr).not.toBe('');
  });

  it.each([
    [['profile']],
    [['profile', 'compil']],
    [['profile', 'list', 'network']],
    [['--json', 'profile', 'compile', '--grant', 'x']],
    [['help', 'profile', 'compile']],
    [['profile compile']],
    [[]],
  ])('leaves %j to the full program', argv => {
    expect(node(QUICK, ...argv)).toEqual(node(FULL, ...argv));
  });

  it('writes the same file, whole', () => {
    for (const program of [QUICK, FULL]) {
      const to = ['-o', `${program === QUICK ? 'quick' : 'full'}.json`];
      expect(node(program, ...COMPILE, ...NODE, ...to)).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    const quick = readFileSync(join(folder, 'quick.json'), 'utf8');
    expect(quick).toBe(readFileSync(join(folder, 'full.json'), 'utf8'));
    expect(quick).toBe(node(QUICK, ...COMPILE, ...NODE).stdout);
  });

  it('is used: it works where the full program is not', () => {
    const dist = copyOfDist('alone');
    expect(existsSync(join(dist, 'program'))).toBe(false);
    expect(node(join(dist, 'writ.js'), ...COMPILE, ...NODE)).toEqual(node(FULL, ...COMPILE, ...NODE));
    expect(node(join(dist, 'writ.js'), 'profile', 'list').status).not.toBe(0);
  });

  it('does without what V8 compiled in the build, and with what it refuses', () => {
    const expected = node(FULL, ...COMPILE, ...NODE);
    const dist = copyOfDist('refused');
    const [name = ''] = cacheIn(dist);
    expect(name).toBe(`quick-${process.version}-${process.arch}.cache`);
    const isRefused = `const { readFileSync } = require('node:fs');
      const [source, cachedData] = [readFileSync('quick.cjs', 'latin1'), readFileSync('${name}')];
      process.stdout.write(String(new (require('node:vm').Script)(source, { cachedData }).cachedDataRejected));`;
    expect(run(process.execPath, ['-e', isRefused], dist).stdout).toBe('false');
    const cache = readFileSync(join(dist, name));
    for (const bytes of [Buffer.alloc(0), cache.subarray(0, cache.length / 2), Buffer.alloc(cache.length)]) {
      writeFileSync(join(dist, name), bytes);
      expect(node(join(dist, 'writ.js'), ...COMPILE, ...NODE)).toEqual(expected);
    }
    rmSync(join(dist, name));
    expect(node(join(dist, 'writ.js'), ...COMPILE, ...NODE)).toEqual(expected);
    writeFileSync(join(dist, name), cache);
    expect(node('--stack-size=900', join(dist, 'writ.js'), ...COMPILE, ...NODE)).toEqual(expected);
  });

  it('is a program: by its name, through the link that npm makes, from any folder', () => {
    const bin = join(folder, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(QUICK, join(bin, 'writ'));
    const argv = [...COMPILE, '--grant', 'network=user', ...NODE];
    const expected = node(FULL, ...argv);
    expect(run(QUICK, argv)).toEqual(expected);
    expect(run(join(bin, 'writ'), argv)).toEqual(expected);
    expect(run('node_modules/.bin/writ', argv)).toEqual(expected);
    expect(run(join(bin, 'writ'), argv, '/')).toEqual(expected);
    expect(run(join(bin, 'writ'), ['--version'], '/')).toEqual(node(FULL, '--version'));
  });

  it.each([
    ['a reader that goes away', '| head -c 1'],
    ['a slow reader', '| (sleep 0.2; wc -c)'],
    ['a full disk', '> /dev/full'],
    ['no output', '>&-'],
    ['one file for both', '> both 2>&1; s=$?; cat both; (exit $s)'],
  ])('ends as the full program does with %s', (_what, where) => {
    const script = `set -o pipefail; "$@" profile compile --grant network=user ${where}`;
    const quick = shell(script, process.execPath, QUICK);
    expect(quick).toEqual(shell(script, process.execPath, FULL));
  });
});
