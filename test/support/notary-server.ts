/** The real notary-server, on a port of its own, with its memory or a PostgreSQL back end and local server keys. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.js';
import { startProgram } from './processes.js';
import { until } from './until.js';

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
  /** More of its environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts it and waits until it answers; whoever starts it stops it. */
export async function startNotaryServer({
  database,
  config: more = {},
  env = {},
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
  const running = startProgram('notary-server', ['-config', join(folder, 'server.json')], {
    env: { ...process.env, ...env },
  });
  const { alive, output } = running;
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  try {
    await until(
      async () => [200, 401].includes((await fetch(`${url}/v2/`)).status),
      () => `notary-server: ${output()}`,
      () => !alive(),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: running.process.pid ?? 0, alive, output, stop };
}
