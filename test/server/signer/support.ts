/** What the tests of the signer share: payloads, a desk over memory, a running signer with its certificates. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../../src/config/types.js';
import { canonicalBytes } from '../../../src/json/canonical.js';
import type { JsonObject } from '../../../src/json/types.js';
import { issueCertificate, type IssuedCertificate } from '../../../src/keystore/certificate.js';
import { startSigner } from '../../../src/server/signer/start.js';
import type { SignedBook } from '../../../src/server/signer/book.js';
import { configFor, temporaryFolder } from '../service.js';

export const NOW = new Date('2030-01-01T00:00:00Z');
export const DAY = 86_400_000;

const inHours = (hours: number, now: Date): string =>
  new Date(now.getTime() + hours * 3_600_000).toISOString().replace('.000', '');

interface Change {
  readonly version?: number;
  readonly hours?: number;
  readonly now?: Date;
  /** More members, or other values. */
  readonly also?: JsonObject;
}

const common = ({ version = 1, hours = 24, now = NOW }: Change): JsonObject => ({
  spec_version: '1.0.34',
  version,
  expires: inHours(hours, now),
});

/** File name → version. */
export type Listed = Readonly<Record<string, number>>;

export function snapshotOf(change: Change & { meta?: Listed } = {}): Uint8Array {
  const meta = Object.fromEntries(
    Object.entries(change.meta ?? { 'targets.json': 1 }).map(([name, version]) => [name, { version }]),
  );
  return canonicalBytes({ _type: 'snapshot', ...common(change), meta, ...change.also });
}

export function timestampOf(change: Change & { snapshot?: number } = {}): Uint8Array {
  const meta = { 'snapshot.json': { version: change.snapshot ?? 1 } };
  return canonicalBytes({ _type: 'timestamp', ...common(change), meta, ...change.also });
}

export class MemoryBook implements SignedBook {
  readonly pages = new Map<string, Uint8Array>();
  last(repository: string, role: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.pages.get(`${repository}/${role}`) ?? null);
  }
  record(repository: string, role: string, payload: Uint8Array): Promise<void> {
    this.pages.set(`${repository}/${role}`, new Uint8Array(payload));
    return Promise.resolve();
  }
}

export interface SignerFiles {
  readonly folder: string;
  readonly server: IssuedCertificate;
  readonly client: IssuedCertificate;
  /** What `writ serve` is configured with, the URL apart. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;
}

export const clientNamed = (name: string): IssuedCertificate =>
  issueCertificate({ names: [name], notBefore: new Date(Date.now() - 3_600_000), days: 2, use: 'client' });

/** Certificates of a signer for 127.0.0.1 and of one caller, `repository`, as files. */
export function signerFiles(): SignerFiles {
  const folder = temporaryFolder();
  const notBefore = new Date(Date.now() - 3_600_000);
  const server = issueCertificate({ names: ['127.0.0.1'], notBefore, days: 2 });
  const client = clientNamed('repository');
  const path = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  mkdirSync(join(folder, 'signer'), { mode: 0o700 });
  path('server.pem', server.cert);
  path('server.key', server.key);
  path('clients.pem', client.ca);
  return {
    folder,
    server,
    client,
    tls: { cert: path('client.pem', client.cert), key: path('client.key', client.key) },
    ca: path('ca.pem', server.ca),
  };
}

export async function signerConfig(files: SignerFiles, change: Partial<Config['serveSigner']> = {}) {
  const config = await configFor(join(files.folder, 'signer'));
  const at = (name: string): string => join(files.folder, name);
  return {
    ...config,
    serveSigner: {
      listen: { host: '127.0.0.1', port: 0 },
      tls: { cert: at('server.pem'), key: at('server.key') },
      clientCa: at('clients.pem'),
      clientNames: ['repository'],
      maxPerMinute: 600,
      ...change,
    },
  };
}

/** A signer that runs in this process. */
export async function runSigner(change: Partial<Config['serveSigner']> = {}, files = signerFiles()) {
  const lines: string[] = [];
  const running = await startSigner(await signerConfig(files, change), {
    env: {},
    write: text => lines.push(...text.trimEnd().split('\n')),
  });
  onTestFinished(() => running.close());
  const { ca } = files.server;
  const { cert, key } = files.client;
  return { ...running, files, lines, tls: { ca, cert, key } };
}
