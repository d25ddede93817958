/** Debian's docker-registry, empty, on a port of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.js';
import { startProgram } from './processes.js';
import { until } from './until.js';

export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  stop(): Promise<void>;
}

/**
 * Whoever starts it stops it.
 *
 * @param folder - is made, and gets its configuration and its images
 * @param more - of its configuration: `auth`
 */
export async function startRegistry(folder: string, more: object = {}): Promise<Registry> {
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const storage = { filesystem: { rootdirectory: join(folder, 'images') } };
  const config = { version: 0.1, log: { level: 'error' }, storage, http: { addr: host }, ...more };
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(config));
  const running = startProgram('docker-registry', ['serve', join(folder, 'registry.yml')]);
  await until(
    async () => [200, 401].includes((await fetch(`http://${host}/v2/`)).status),
    () => `docker-registry: ${running.output()}`,
    () => !running.alive(),
  );
  return { host, stop: running.stop };
}
