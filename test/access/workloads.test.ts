/** Tokens of a CI system in place of passwords, with an issuer of the test's own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHmac } from 'node:crypto';
import { exportJWK, type JWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkloads, type Workloads } from '../../src/access/workloads.js';
import type { OidcIssuer } from '../../src/config/types.js';
import { ecPair, NOW, rsaPair, seconds, token, type Claims, type Pair } from './tokens.js';

const AUDIENCE = 'writ.example';
const RULE = {
  claims: new Map([
    ['repository', 'acme/app'],
    ['ref', 'refs/heads/main'],
  ]),
  repositories: ['registry.example/acme/app'],
  allow: ['push', 'pull'],
};

let server: Server;
let issuer: string;
let keys: (JWK & { kid: string })[];
let signing: Pair;
let asked: string[];
/** What the issuer says of itself; undefined for what is right. */
let description: object | string | undefined;
let now: Date;

beforeAll(() => {
  signing = rsaPair();
});

beforeEach(async () => {
  keys = [{ ...(await exportJWK(signing.publicKey)), kid: 'key-1' }];
  asked = [];
  description = undefined;
  now = NOW;
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const document = description ?? { issuer, jwks_uri: `${issuer}/keys` };
    if (request.url === '/keys') response.end(JSON.stringify({ keys }));
    else if (typeof document === 'string') response.writeHead(302, { location: document }).end();
    else response.end(JSON.stringify(document));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const open = (change: Partial<OidcIssuer> = {}): Workloads =>
  openWorkloads(
    [{ issuer, audience: AUDIENCE, jwks: undefined, ca: undefined, rules: [RULE], ...change }],
    new Map(),
    { now: () => now },
  );
const claims = (change: Claims = {}): Claims => ({
  iss: issuer,
  aud: AUDIENCE,
  sub: 'repo:acme/app:ref:refs/heads/main',
  repository: 'acme/app',
  ref: 'refs/heads/main',
  access: undefined,
  ...change,
});
const idToken = (change: Claims = {}, header: object = {}): Promise<string> =>
  token(signing.key, claims(change), { kid: 'key-1', ...header });
const INVALID = { code: 'TOKEN_INVALID' };

describe('a token of an issuer', () => {
  it('gives what its claims are granted', async () => {
    expect(await open().verify(await idToken())).toEqual({
      subject: `${issuer}#repo:acme/app:ref:refs/heads/main`,
      grants: [RULE],
    });
    expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('gives nothing when its claims are others', async () => {
    expect(await open().verify(await idToken({ ref: 'refs/heads/other' }))).toMatchObject({ grants: [] });
    expect(await open().verify(await idToken({ repository: undefined }))).toMatchObject({ grants: [] });
  });

  it('has its keys fetched once, and again when it names a new one', async () => {
    const workloads = open();
    for (let i = 0; i < 3; i++) await workloads.verify(await idToken());
    expect(asked).toHaveLength(2);
    await expect(workloads.verify(await idToken({}, { kid: 'key-2' }))).rejects.toMatchObject(INVALID);
    expect(asked).toHaveLength(2); // just asked: an unknown name alone does not make the service ask
  });

  it('may be checked with keys that the settings name', async () => {
    expect(await open({ jwks: `${issuer}/keys` }).verify(await idToken())).toMatchObject({ grants: [RULE] });
    expect(asked).toEqual(['/keys']);
  });

  it('is known by its looks', async () => {
    const workloads = open();
    expect(workloads.mayHold(await idToken())).toBe(true);
    for (const text of ['secret', 'a.b', 'a.b.c.d', '', `${await idToken()}=`])
      expect(workloads.mayHold(text)).toBe(false);
    expect(openWorkloads([], new Map(), { now: () => NOW }).mayHold(await idToken())).toBe(false);
  });
});

describe('attacks', () => {
  it.each<[string, Claims]>([
    ['wrong aud', { aud: 'other.example' }],
    ['no aud', { aud: undefined }],
    ['no sub', { sub: undefined }],
    ['no iat', { iat: undefined }],
    ['not yet', { nbf: seconds(61) }],
    ['no exp', { exp: undefined }],
    ['other issuer', { iss: 'https://other.example' }],
    ['no issuer', { iss: undefined }],
  ])('%s', async (_what, change) => {
    await expect(open().verify(await idToken(change))).rejects.toMatchObject(INVALID);
  });

  it('other issuer, by a slash more', async () => {
    await expect(open().verify(await idToken({ iss: `${issuer}/` }))).rejects.toMatchObject(INVALID);
    expect(asked).toEqual([]);
  });

  it('expired', async () => {
    await expect(open().verify(await idToken({ exp: seconds(-61) }))).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
    });
    await expect(open().verify(await idToken({ exp: seconds(-59) }))).resolves.toBeDefined();
  });

  it('alg none, and HS256 with the public key', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${part({ alg: 'none', kid: 'key-1' })}.${part(claims({ exp: seconds(60), iat: seconds() }))}.`;
    await expect(open().verify(none)).rejects.toMatchObject(INVALID);
    const hs = `${part({ alg: 'HS256', kid: 'key-1' })}.${part(claims({ exp: seconds(60), iat: seconds() }))}`;
    const secret = signing.publicKey.export({ type: 'spki', format: 'pem' });
    const signature = createHmac('sha256', secret).update(hs).digest('base64url');
    await expect(open().verify(`${hs}.${signature}`)).rejects.toMatchObject(INVALID);
  });

  it('kid confusion: another key under a known name', async () => {
    const mine = rsaPair();
    await expect(open().verify(await token(mine.key, claims(), { kid: 'key-1' }))).rejects.toMatchObject(
      INVALID,
    );
    const jwk = await exportJWK(mine.publicKey);
    await expect(open().verify(await token(mine.key, claims(), { kid: 'key-1', jwk }))).rejects.toMatchObject(
      INVALID,
    );
    const ec = ecPair();
    await expect(open().verify(await token(ec.key, claims(), { kid: 'key-1' }))).rejects.toMatchObject(
      INVALID,
    );
  });

  it('an issuer that describes another, sends elsewhere, or has its keys read on the way', async () => {
    for (const other of [
      { issuer: 'https://other.example', jwks_uri: `${issuer}/keys` },
      { issuer, jwks_uri: 'http://192.0.2.1/keys' },
      { issuer, jwks_uri: 'file:///etc/passwd' },
      { issuer, jwks_uri: '/etc/hostname' },
      { issuer },
      `${issuer}/keys`,
    ]) {
      description = other;
      await expect(open().verify(await idToken())).rejects.toMatchObject({ code: 'ACCESS_ISSUER' });
    }
  });

  it('an issuer that cannot be asked is not asked with every token', async () => {
    description = {};
    const workloads = open();
    for (let i = 0; i < 3; i++)
      await expect(workloads.verify(await idToken())).rejects.toMatchObject({ code: 'ACCESS_ISSUER' });
    expect(asked).toHaveLength(1);
    description = undefined;
    now = new Date(NOW.getTime() + 10_000);
    expect(await workloads.verify(await idToken())).toMatchObject({ grants: [RULE] });
  });

  it('keys without end', async () => {
    keys = Array.from({ length: 5000 }, (_, i) => ({ ...keys[0]!, kid: `key-${i}` }));
    await expect(open().verify(await idToken())).rejects.toMatchObject({ code: 'ACCESS_ISSUER' });
  });
});
