/** The two servers of the Notary benchmark, and owners of repositories who signed their documents ahead. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNotaryKey, type NotaryKey } from '../../src/crypto/notary-key.js';
import { parseGun, type Gun } from '../../src/tuf/notary/names.js';
import type { JsonObject } from '../../src/json/types.js';
import { certified, Publisher } from '../repository/notary/publisher.js';
import { startNotaryServer } from '../support/notary-server.js';
import { NOTARY_SERVER_TABLES, startPostgres } from '../support/postgres.js';
import { ended, startService } from '../tools/demo/programs.js';
import { rawRequest } from './raw-http.js';

/** A server under measurement. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Whether the process is there. */
  alive(): boolean;
  stop(): Promise<void>;
}

/** `writ serve` over its embedded store, in a folder of the file system that PostgreSQL is on too. */
export async function startWrit(): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  writeFileSync(join(folder, 'writ.yaml'), 'development: true\nauth: {mode: loopback}\n');
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
  const postgres = await startPostgres();
  postgres.create('notaryserver', NOTARY_SERVER_TABLES);
  const server = await startNotaryServer({ database: postgres.url('notaryserver') });
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

const WEEK_MS = 7 * 86_400_000;

export const base = (url: string, gun: Gun): string => `${url}/v2/${gun}/_trust/tuf/`;

async function onlineKey(url: string, gun: Gun, role: string): Promise<NotaryKey> {
  const answer = await fetch(`${base(url, gun)}${role}.key`);
  return parseNotaryKey((await answer.json()) as JsonObject, role);
}

/** Someone who owns `gun` on one server; the server signs timestamps and snapshots. */
export async function ownerOf(url: string, name: string): Promise<Publisher> {
  const gun = parseGun(name);
  const [snapshot, timestamp] = [
    await onlineKey(url, gun, 'snapshot'),
    await onlineKey(url, gun, 'timestamp'),
  ];
  const owner = new Publisher(gun, { snapshot, timestamp });
  owner.root = certified(gun, new Date(Date.now() - WEEK_MS));
  return owner;
}

/** A publication as it goes over the wire. */
export function publication(url: string, gun: Gun, files: Readonly<Record<string, Uint8Array>>): Buffer {
  const boundary = 'c3ce8b02b5f7c62bb0689f1f34fb5c86c01e41d6c1292a06a8aa75513b88';
  const parts = Object.entries(files).flatMap(([role, bytes]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return rawRequest(base(url, gun), 'POST', { type: `multipart/form-data; boundary=${boundary}`, body });
}
