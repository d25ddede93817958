/** A client of Notary for tests: a trust folder of its own, pass-phrases that are known, a log that is kept. */
import { digestHex } from '../../src/crypto/digest.js';
import { connect, type NotaryAccess } from '../../src/notary/http-server.js';
import type { TrustPinning } from '../../src/notary/pinning.js';
import { NotaryRepository } from '../../src/notary/repository.js';
import { TrustFolder } from '../../src/notary/trust-folder.js';
import { httpRequest } from '../../src/transport/http.js';
import type { HttpClient } from '../../src/transport/http-types.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import type { Clock } from '../../src/tuf/ports.js';
import { temporaryOfTests } from '../support/temporary.js';

export const GUN = 'registry.example.test/acme/app';
export const PHRASES: Readonly<Record<string, string>> = {
  root: 'rootpass1234',
  targets: 'targpass1234',
  snapshot: 'snappass1234',
};

export interface TestClientOptions {
  readonly server: string;
  readonly trust?: string;
  readonly gun?: string;
  readonly clock?: Clock;
  readonly pinning?: TrustPinning;
  readonly access?: NotaryAccess;
  /** Makes its requests. */
  readonly http?: HttpClient;
  /** Pass-phrases that are not those of {@link PHRASES}, by role. */
  readonly phrases?: Readonly<Record<string, string>>;
}

export interface TestClient {
  readonly repository: NotaryRepository;
  readonly trust: string;
  readonly log: string[];
}

export const temporary = (): string => temporaryOfTests('writ-notary-');

export async function client(options: TestClientOptions): Promise<TestClient> {
  const { trust = temporary(), clock = { now: () => new Date() }, pinning, phrases } = options;
  const gun = parseGun(options.gun ?? GUN);
  const lines: string[] = [];
  const log = (level: string, message: string): void => {
    lines.push(`${level}: ${message}`);
  };
  const server = await connect({
    url: options.server,
    gun,
    access: options.access ?? '*',
    http: options.http ?? httpRequest,
    credentials: () => Promise.resolve(undefined),
    log,
  });
  const repository = new NotaryRepository({
    gun,
    trust: new TrustFolder(trust),
    server,
    ...(pinning !== undefined && { pinning }),
    passphrases: ({ role, attempt }) =>
      Promise.resolve(attempt > 0 ? undefined : ({ ...PHRASES, ...phrases }[role] ?? 'delepass1234')),
    clock,
    log,
  });
  return { repository, trust, log: lines };
}

export const fileOf = (text: string): TargetFile => ({
  length: Buffer.byteLength(text),
  hashes: new Map([
    ['sha256', digestHex('sha256', Buffer.from(text))],
    ['sha512', digestHex('sha512', Buffer.from(text))],
  ]),
});
