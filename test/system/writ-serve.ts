/** The built program as a process: `writ serve` on ports that the system chooses. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PROGRAM } from '../support/build.js';
import { end } from '../support/processes.js';
import { parsePublicKey } from '../../src/crypto/public-key.js';
import type { ApiClient } from '../../src/transport/api-client.js';
import { documents, makeRoot, makeTargets } from '../repository/publisher.js';

/** The program; it is built before the first test. */
export const builtWrit = (): string => PROGRAM;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-system-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Serving {
  readonly process: ChildProcess;
  readonly repository: string;
  readonly admission: string;
  /** Ends the process with a signal; gives its exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface Failed {
  readonly code: number | null;
  /** What it printed: with --json, the error. */
  readonly output: string;
}

export interface ServeOptions {
  readonly address?: string;
  /** What the shell does before: `ulimit -f 64`. */
  readonly limits?: string;
  /** More words of its command line. */
  readonly args?: readonly string[];
}

/** Starts `writ serve`; rejects with {@link Failed} when it ends before it is ready. */
export function serve(
  data: string,
  { address = '127.0.0.1:0', limits = 'true', args = [] }: ServeOptions = {},
): Promise<Serving> {
  const command = [process.execPath, builtWrit(), 'serve', '--json', '--data', data];
  const listen = ['--listen', address, '--admission-listen', '127.0.0.1:0'];
  const child = spawn('sh', ['-c', `${limits}; exec "$0" "$@"`, ...command, ...listen, ...args], {
    env: { PATH: process.env['PATH'], HOME: data, XDG_CONFIG_HOME: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => end(child));
  let [stdout, stderr] = ['', ''];
  const ended = new Promise<number | NodeJS.Signals | null>(resolve => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
      if (!stdout.endsWith('\n')) return;
      const line = JSON.parse(stdout) as { ready?: boolean; repository: string; admission: string };
      if (line.ready !== true) return; // an error: the process ends
      const { repository, admission } = line;
      const endWith = (signal: NodeJS.Signals) => {
        child.kill(signal);
        return ended;
      };
      resolve({ process: child, repository, admission, end: endWith });
    });
    void ended.then(code => {
      reject(Object.assign(new Error('writ serve ended'), { code, output: stdout + stderr }));
    });
  });
}

const expires = new Date(Date.now() + 30 * 86_400_000);

/** Makes a repository with a root for the service's own keys, and no targets. */
export async function createRepository(client: ApiClient, name: string): Promise<Uint8Array> {
  const keys = await client.repositoryKeys(name);
  const online = {
    snapshot: { key: parsePublicKey(keys.snapshot, 'snapshot') },
    timestamp: { key: parsePublicKey(keys.timestamp, 'timestamp') },
  };
  const root = await makeRoot({ online, expires });
  await client.createRepository({
    name,
    documents: documents({ root, targets: await makeTargets({ expires }) }),
  });
  return root;
}

export { expires as inAMonth };
