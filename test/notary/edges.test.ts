/** A pinned authority, documents that near their expiry, servers with TLS. */
import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { notaryKeyOfCertificate } from '../../src/crypto/notary-key.js';
import { issueCertificate } from '../../src/keystore/certificate.js';
import { NotaryPrivateKey } from '../../src/keystore/notary-private-key.js';
import { connect } from '../../src/notary/http-server.js';
import { pinCheck, TRUST_ON_FIRST_USE } from '../../src/notary/pinning.js';
import { NotaryRepository } from '../../src/notary/repository.js';
import { parseRoot } from '../../src/notary/root-trust.js';
import { TrustFolder } from '../../src/notary/trust-folder.js';
import type { TlsOptions } from '../../src/transport/http-types.js';
import { httpRequest } from '../../src/transport/http.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { GUN, temporary } from './client.js';
import { CLOCK, Made, NOW } from './made-server.js';

const gun = parseGun(GUN);
const issued = (notBefore = '2026-01-01T00:00:00Z') =>
  issueCertificate({ names: [GUN], notBefore: new Date(notBefore), days: 800 });

describe('a pinned authority', () => {
  const file = (pem: string): string => {
    const path = join(temporary(), 'ca.pem');
    writeFileSync(path, pem);
    return path;
  };
  const allows = async (ca: ReadonlyMap<string, string>, cert: string): Promise<boolean> =>
    (await pinCheck({ ...TRUST_ON_FIRST_USE, ca }, gun, NOW, true))(notaryKeyOfCertificate(cert));

  it('lets in what it issued, and nothing else', async () => {
    const [own, other] = [issued(), issued()];
    const ca = new Map([['registry.example.test/', file(own.ca)]]);
    expect([await allows(ca, own.cert), await allows(ca, other.cert)]).toEqual([true, false]);
  });

  it('of the longest beginning counts, and only for names that begin so', async () => {
    const [own, other] = [issued(), issued()];
    const ca = new Map([
      ['registry', file(other.ca)],
      ['registry.example.test/acme', file(own.ca)],
      ['elsewhere', '/nowhere'],
    ]);
    expect([await allows(ca, own.cert), await allows(ca, other.cert)]).toEqual([true, false]);
    expect(await allows(new Map([['elsewhere', '/nowhere']]), other.cert)).toBe(true);
  });

  it('that expired is none', async () => {
    const old = issued('2020-01-01T00:00:00Z');
    await expect(allows(new Map([['registry', file(old.ca)]]), old.cert)).rejects.toMatchObject({
      code: 'NOTARY_ROOT',
      message: expect.stringContaining('invalid CA certs provided') as string,
    });
  });

  it('signs for no key that says no certificate', async () => {
    const own = issued();
    const key = new NotaryPrivateKey(createPrivateKey(own.key)).publicKey;
    const ca = new Map([['registry', file(own.ca)]]);
    expect((await pinCheck({ ...TRUST_ON_FIRST_USE, ca }, gun, NOW, true))(key)).toBe(false);
  });
});

describe('what nears its expiry', () => {
  const SOON = '2027-02-01T00:00:00Z';

  it('is warned of, and a root is signed again with what is published', async () => {
    const server = new Made().serve({ version: 3, expires: { root: SOON, targets: SOON, snapshot: SOON } });
    const log: string[] = [];
    const repository = new NotaryRepository({
      gun,
      trust: new TrustFolder(temporary()),
      server,
      passphrases: () => Promise.resolve('a pass-phrase'),
      clock: CLOCK,
      log: (level, message) => log.push(`${level}: ${message}`),
    });
    for (const [role, { privateKey }] of [
      ['root', server.root],
      ['targets', server.targets],
    ] as const) {
      await repository.keyring.add(new NotaryPrivateKey(privateKey), { role, gun });
    }
    await repository.witness(['targets']);
    await repository.publish();
    expect(log).toEqual([
      'warning: root is nearing expiry, you should re-sign the role metadata',
      'warning: targets metadata is nearing expiry, you should re-sign the role metadata',
      'warning: snapshot is nearing expiry, you should re-sign the role metadata',
    ]);
    // The server has the key of the snapshot.
    expect([...server.published.keys()]).toEqual(['root', 'targets']);
    const root = parseRoot(server.published.get('root') ?? new Uint8Array()).signed;
    expect([root.version, root.expires.toISOString()]).toEqual([4, '2036-11-18T12:00:00.000Z']);
  });
});

describe('a server with TLS', () => {
  async function listening(): Promise<{ url: string; ca: string }> {
    const now = new Date(Date.now() - 60_000);
    const { ca, cert, key } = issueCertificate({ names: ['127.0.0.1'], notBefore: now, days: 2 });
    const server = createServer({ cert, key }, (_request, response) => response.end('{}'));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca };
  }

  it('must prove who it is, unless told that it need not', async () => {
    const { url, ca } = await listening();
    const answers = async (tls?: TlsOptions): Promise<boolean> => {
      const log: string[] = [];
      const log_ = (level: string): number => log.push(level);
      const who = () => Promise.resolve(undefined);
      await connect({ url, gun, access: 'pull', http: httpRequest, tls, credentials: who, log: log_ });
      return log.length === 0;
    };
    expect(await answers()).toBe(false);
    expect(await answers({ ca: issued().ca })).toBe(false);
    expect(await answers({ ca })).toBe(true);
    expect(await answers({ skipVerification: true })).toBe(true);
  });
});
