/** The two servers of the Notary benchmark, and owners of repositories who signed their documents ahead. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gun } from '../../src/tuf/notary/names.js';
import { onDurablePostgres } from '../support/notary-databases.js';
import { base, multipart, type Files } from '../support/notary-owner.js';
import type { Installation } from '../support/notary-installation.js';
import { startNotaryServer } from '../support/notary-server.js';
import { ended, startService } from '../tools/demo/programs.js';
import { rawRequest } from '../support/raw-http.js';

/** A server under measurement. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Whether the process is there. */
  alive(): boolean;
  stop(): Promise<void>;
}

/**
 * `writ serve` over its embedded store, in a folder of the file system that PostgreSQL is on too.
 *
 * @param signer - a notary-signer that makes and holds the keys
 */
export async function startWrit(signer?: Installation['signer']): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const notary = signer === undefined ? '' : `notary: ${JSON.stringify({ signer })}\n`;
  writeFileSync(join(folder, 'writ.yaml'), `development: true\nauth: {mode: loopback}\n${notary}`);
  const args = ['--config', join(folder, 'writ.yaml'), '--data', join(folder, 'data')];
  const listen = ['--listen', '127.0.0.1:0', '--admission-listen', '127.0.0.1:0'];
  const { child, repository } = await startService([...args, ...listen], { HOME: folder });
  return {
    name: 'writ',
    url: repository,
    pid: child.pid ?? 0,
    alive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** notary-server over a PostgreSQL of its own, as Debian configures that: every commit is durable. */
export async function startReal(): Promise<Contender> {
  const postgres = await onDurablePostgres();
  const server = await startNotaryServer({ database: postgres.dsn(postgres.serverDb) });
  return {
    name: 'notary-server on PostgreSQL',
    url: server.url,
    pid: server.pid,
    alive: server.alive,
    async stop() {
      await server.stop();
      await postgres.stop();
    },
  };
}

/** A publication as it goes over the wire. */
export const publication = (url: string, gun: Gun, files: Files): Buffer =>
  rawRequest(base(url, gun), 'POST', multipart(files));
