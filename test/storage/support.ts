/** What the storage tests share: temporary folders, and child processes that run TypeScript. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect } from 'vitest';
import type { ErrorCode, WritError } from '../../src/errors.js';

const made: string[] = [];
const children: Child[] = [];

afterAll(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.ended;
  }
  await Promise.all(made.splice(0).map(dir => rm(dir, { recursive: true, force: true })));
});

/** A new folder that goes with the test file. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'writ-test-'));
  made.push(dir);
  return dir;
}

/** The WritError that `promise` rejects with; fails for another outcome or code. */
export async function failureOf(promise: Promise<unknown>, code: ErrorCode): Promise<WritError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'WritError', code });
  return error as WritError;
}

/** Bundles a fixture so that a plain `node` runs it. */
export async function bundleFixture(name: string): Promise<string> {
  const outfile = join(await temporaryFolder(), `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

export interface Child {
  readonly process: ChildProcess;
  /** Every whole line of its output so far. */
  readonly lines: string[];
  /** Resolves when a line satisfies `wanted`; rejects when the process ends before. */
  line(wanted: (line: string) => boolean): Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function run(command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const look of waiting) look();
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const line = (wanted: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(wanted);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`the child ended; it said: ${lines.slice(-5).join(' | ')}`)));
    });
  const running = { process: child, lines, line, ended };
  children.push(running);
  return running;
}

export const runNode = (file: string, ...args: string[]): Child => run(process.execPath, [file, ...args]);
