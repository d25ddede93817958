/** The programs that the demo drives, each as a user would: the built writ, skopeo. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '../../support/until.js';

export const WRIT = join(process.cwd(), 'dist', 'writ.js');

export interface Finished {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs the built writ to its end. */
export function writ(args: string[], env: Record<string, string>): Finished {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [WRIT, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 200_000,
  });
  if (error) throw error;
  return { status: status ?? 128, stdout, stderr };
}

export interface Service {
  child: ChildProcess;
  /** Base URLs, from the line `ready`. */
  repository: string;
  admission: string;
}

/** Starts `writ serve` and waits for its line `ready`. */
export async function startService(args: string[], env: Record<string, string>): Promise<Service> {
  const child = spawn(process.execPath, [WRIT, 'serve', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  try {
    const [, repository = '', admission = ''] = await until(
      () => /^ready\s.*repository=(\S+).*admission=(\S+)/m.exec(stdout) ?? false,
      () => `writ serve: ${stdout}${stderr}`,
      () => child.exitCode !== null,
    );
    return { child, repository, admission };
  } catch (error) {
    child.kill();
    throw error;
  }
}

/** Asks a program to end; gives its exit code, or the signal that ended it. */
export function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise(resolve => {
    if (child.exitCode !== null) {
      resolve(child.exitCode);
      return;
    }
    child.once('exit', (code, signal) => {
      resolve(code ?? signal);
    });
    child.kill('SIGTERM');
  });
}

/** Copies an OCI layout into the registry. */
export function push(skopeo: string, layout: string, reference: string): void {
  const args = [
    'copy',
    '--insecure-policy',
    '--dest-tls-verify=false',
    `oci:${layout}:latest`,
    `docker://${reference}`,
  ];
  const { status, stderr, error } = spawnSync(skopeo, args, { encoding: 'utf8', timeout: 200_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(`skopeo failed: ${stderr}`);
}
