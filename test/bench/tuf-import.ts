/**
 * Hash bins signed by their owner, from the command line through the authenticated API of a running service: keys,
 * signing, sending, verifying and storing included.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../src/crypto/digest.js';
import { ContentCodings } from '../../src/server/content-coding.js';
import { startService, WRIT } from '../tools/demo/programs.js';
import { cpuTicks } from './load.js';
import { cpuOf, type Result } from './report.js';

const IMAGES = 50_000;
/** The tag and the digest of each. */
const TARGETS = 2 * IMAGES;
const REPOSITORY = ['--repository', 'bench'];

export async function importing(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  writeFileSync(join(folder, 'writ.yaml'), 'development: true\n');
  writeFileSync(join(folder, 'images.txt'), Array.from({ length: IMAGES }, (_, i) => lineOf(i)).join('\n'));
  const env: Record<string, string> = {
    HOME: join(folder, 'home'),
    WRIT_STATE: join(folder, 'state'),
    WRIT_KEYS: join(folder, 'keys'),
    WRIT_PASSPHRASE: 'correct horse battery staple',
    WRIT_TOKEN_FILE: join(folder, 'data', 'token'),
  };
  const { child, repository } = await startService(
    [
      ...['--config', join(folder, 'writ.yaml'), '--data', join(folder, 'data')],
      ...['--listen', '127.0.0.1:0', '--admission-listen', '127.0.0.1:0'],
    ],
    env,
  );
  try {
    env['WRIT_SERVER'] = repository;
    await timed(['init', 'bench'], env);
    const pid = child.pid ?? 0;
    const making = await timed(['delegation', 'bins', ...REPOSITORY], env, pid);
    const imported = await timed(['import', '--from', join(folder, 'images.txt'), ...REPOSITORY], env, pid);
    const manifest = join(folder, 'manifest.json');
    writeFileSync(manifest, '{"schemaVersion":2}');
    const before = await snapshotOf(repository);
    const signing = ['sign', 'registry.example/one:1', '--manifest', manifest, ...REPOSITORY];
    const signed = await timed(signing, env, pid);
    const after = await snapshotOf(repository);
    return [...results(making, imported, signed), changedBins(before, after), await compression(after)];
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

const lineOf = (i: number): string =>
  `registry.example/team/app-${i}:1.0@sha256:${sha256Hex(Buffer.from(`manifest ${i}`))} ${1000 + i} network=user`;

interface Took {
  readonly seconds: number;
  /** Seconds of CPU of the service meanwhile. */
  readonly service: number;
  /** Lines on stderr. */
  readonly progress: number;
}

/** Runs writ to its end. */
async function timed(args: readonly string[], env: Record<string, string>, service?: number): Promise<Took> {
  const ticks = service === undefined ? 0 : cpuTicks(service);
  const start = performance.now();
  const child = spawn(process.execPath, [WRIT, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`writ ${args.join(' ')}: ${stderr}`);
  const used = service === undefined ? 0 : cpuTicks(service) - ticks;
  return {
    seconds: (performance.now() - start) / 1000,
    service: used / 100,
    progress: stderr.trim().split('\n').length,
  };
}

function results(making: Took, imported: Took, signed: Took): Result[] {
  const ofService = (took: Took): string => `(${took.service.toFixed(1)} s of CPU of the service)`;
  return [
    {
      what: `making 16,384 bins, signed by their owner ${ofService(making)}`,
      value: making.seconds,
      unit: 's',
      wanted: 8,
    },
    {
      what: `importing 100,000 targets through the API, ${imported.progress} lines of progress ${ofService(imported)}`,
      value: TARGETS / imported.seconds,
      unit: 'targets a second',
      wanted: 1500,
      atLeast: true,
    },
    { what: `signing one image then ${ofService(signed)}`, value: signed.seconds, unit: 's' },
  ];
}

/** The bytes of the current snapshot. */
async function snapshotOf(service: string): Promise<Buffer> {
  const base = `${service}/tuf/bench/metadata`;
  const timestamp = (await (await fetch(`${base}/timestamp.json`)).json()) as {
    signed: { meta: Record<string, { version: number }> };
  };
  const version = timestamp.signed.meta['snapshot.json']?.version ?? 0;
  return Buffer.from(await (await fetch(`${base}/${version}.snapshot.json`)).arrayBuffer());
}

function changedBins(before: Buffer, after: Buffer): Result {
  const versions = (bytes: Buffer): Map<string, number> => {
    const { signed } = JSON.parse(bytes.toString('utf8')) as {
      signed: { meta: Record<string, { version: number }> };
    };
    return new Map(Object.entries(signed.meta).map(([name, { version }]) => [name, version]));
  };
  const known = versions(before);
  const value = [...versions(after)].filter(([name, version]) => known.get(name) !== version).length;
  return { what: 'metadata files of people that signing one image changes', value, unit: 'files', wanted: 2 };
}

/** The service compresses when a file is first asked for, in another thread: publishing does not wait for it. */
async function compression(bytes: Buffer): Promise<Result> {
  const file = { bytes, digest: sha256Hex(bytes) };
  const value = await cpuOf(() => new ContentCodings().encode(file, 'br'), 21);
  const what = `compressing a snapshot of 16,384 bins (${bytes.length} bytes), off the publish path`;
  return { what, value, unit: 'ms of CPU', wanted: 20 };
}
