/** The real notary-server, on a port of its own, with its memory or a PostgreSQL back end and local server keys. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './programs.js';

export interface RealNotaryServer {
  /** Base URL. */
  readonly url: string;
  readonly pid: number;
  /** Whether the process is there; a defect may have ended it. */
  alive(): boolean;
  /** What it wrote so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface RealNotaryOptions {
  /** `postgres://…?sslmode=disable`; without it documents are kept in memory. */
  readonly database?: string;
  /** More of its configuration. */
  readonly config?: object;
}

const STARTS_WITHIN_MS = 60_000;

/** Starts it and waits until it answers; whoever starts it stops it. */
export async function startNotaryServer({
  database,
  config: more = {},
}: RealNotaryOptions = {}): Promise<RealNotaryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'notary-server-'));
  const address = `127.0.0.1:${await freePort()}`;
  const config = {
    server: { http_addr: address },
    trust_service: { type: 'local' },
    logging: { level: 'error' },
    storage: database === undefined ? { backend: 'memory' } : { backend: 'postgres', db_url: database },
    ...more,
  };
  writeFileSync(join(folder, 'server.json'), JSON.stringify(config));
  const program = findProgram('notary-server') ?? 'notary-server';
  const child = spawn(program, ['-config', join(folder, 'server.json')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-65_536)));
  }
  const ended = new Promise<void>(resolve => {
    child.once('close', () => {
      resolve();
    });
  });
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  if (await answers(url, alive)) return { url, pid: child.pid ?? 0, alive, output: () => output, stop };
  await stop();
  throw new Error(`notary-server does not answer: ${output}`);
}

async function answers(url: string, alive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + STARTS_WITHIN_MS;
  while (alive() && performance.now() < deadline) {
    const answer = await fetch(`${url}/v2/`).catch(() => undefined);
    if (answer?.status === 200 || answer?.status === 401) return true;
    await sleep(25);
  }
  return false;
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}
