/** Tokens of a token server: what is taken, and every way around it that is known. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, exportJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALGORITHMS, DockerTokens, type TokenTrust } from '../../src/access/docker-tokens.js';
import { libtrustKeyId } from '../../src/access/key-bundle.js';
import { allows, formatScope } from '../../src/access/scope.js';
import {
  authority,
  ecPair,
  ISSUER,
  NOW,
  pullOf,
  rsaPair,
  seconds,
  SERVICE,
  token,
  x5c,
  type Authority,
  type Pair,
} from './tokens.js';

let root: Authority;
let leaf: Authority;
let bare: Pair;

beforeAll(() => {
  root = authority('token root');
  leaf = root.issue('token server');
  bare = rsaPair();
});

const tokens = (change: Partial<TokenTrust> = {}): DockerTokens =>
  new DockerTokens(
    {
      issuer: ISSUER,
      service: SERVICE,
      roots: [root.certificate],
      keys: [root.publicKey, bare.publicKey],
      jwks: undefined,
      ...change,
    },
    { now: () => NOW },
  );
const verify = (text: string, change?: Partial<TokenTrust>) => tokens(change).verify(text);
const chained = (claims = {}, header = {}) => token(leaf.key, claims, { x5c: x5c(leaf), ...header });
const INVALID = { code: 'TOKEN_INVALID' };

describe('a token of the token server', () => {
  it('is taken by its chain of certificates', async () => {
    expect(await verify(await chained())).toEqual({
      subject: 'alice',
      tokenId: 'token-1',
      access: pullOf('registry.example/acme/app'),
    });
    expect(await verify(await chained({}, { x5c: x5c(leaf, root) }))).toMatchObject({ subject: 'alice' });
  });

  it('is taken by a chain through intermediates, in any order', async () => {
    const middle = root.issue('middle', { ca: true });
    const lower = middle.issue('lower', { ca: true });
    const server = lower.issue('server');
    const text = await token(server.key, {}, { x5c: x5c(server, middle, lower) });
    expect(await verify(text)).toMatchObject({ subject: 'alice' });
  });

  it('is taken when its own certificate is in the bundle, authority or not', async () => {
    const own = authority('localhost', { ca: false });
    const text = await token(own.key, {}, { x5c: x5c(own) });
    expect(await verify(text, { roots: [own.certificate] })).toMatchObject({ subject: 'alice' });
  });

  it('is taken by the id of its key: that of libtrust, and the thumbprint', async () => {
    const jwk = await exportJWK(bare.publicKey);
    const { calculateJwkThumbprint } = await import('jose');
    for (const kid of [libtrustKeyId(bare.publicKey), await calculateJwkThumbprint(jwk)])
      expect(await verify(await token(bare.key, {}, { kid }))).toMatchObject({ subject: 'alice' });
  });

  it('is taken by a set of keys, on P-256 too', async () => {
    const pair = ecPair();
    const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'ec-1' }] });
    const text = await token(pair.key, {}, { alg: 'ES256', kid: 'ec-1' });
    expect(await verify(text, { jwks })).toMatchObject({ subject: 'alice' });
  });

  it('may name several audiences, and lack sub, nbf and jti', async () => {
    const claims = { aud: ['other', SERVICE], sub: undefined, nbf: undefined, jti: undefined };
    expect(await verify(await chained(claims))).toMatchObject({ subject: '', tokenId: '' });
  });

  it.each([
    ['exp', -59],
    ['nbf', 59],
  ])('is taken with a clock that is a minute off: %s %i s', async (claim, offset) => {
    expect(await verify(await chained({ [claim]: seconds(offset) }))).toMatchObject({ subject: 'alice' });
  });
});

describe('attacks', () => {
  const unsigned = (header: object, claims: object, signature = ''): string =>
    [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
    `.${signature}`;
  const claims = () => ({
    iss: ISSUER,
    aud: SERVICE,
    exp: seconds(300),
    access: pullOf('registry.example/acme/app', '*'),
  });

  it('alg none', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      await expect(
        verify(unsigned({ alg, kid: libtrustKeyId(bare.publicKey) }, claims())),
      ).rejects.toMatchObject(INVALID);
      await expect(verify(unsigned({ alg, x5c: x5c(leaf) }, claims(), 'AA'))).rejects.toMatchObject(INVALID);
    }
  });

  it('HS256 with the public key for a secret', async () => {
    for (const secret of [
      bare.publicKey.export({ type: 'spki', format: 'pem' }),
      bare.publicKey.export({ type: 'spki', format: 'der' }),
    ]) {
      const text = unsigned({ alg: 'HS256', kid: libtrustKeyId(bare.publicKey) }, claims());
      const signature = createHmac('sha256', secret).update(text.slice(0, -1)).digest('base64url');
      await expect(verify(text + signature)).rejects.toMatchObject(INVALID);
    }
  });

  it('HS256 with a secret in the set of keys', async () => {
    const k = Buffer.alloc(32, 7);
    const jwks = createLocalJWKSet({ keys: [{ kty: 'oct', kid: 'h', k: k.toString('base64url') }] });
    await expect(verify(await token(k, {}, { alg: 'HS256', kid: 'h' }), { jwks })).rejects.toMatchObject(
      INVALID,
    );
  });

  it.each([
    ['wrong aud', { aud: 'other' }],
    ['no aud', { aud: undefined }],
    ['aud as a part', { aud: `${SERVICE}.example` }],
    ['other issuer', { iss: 'other' }],
    ['no issuer', { iss: undefined }],
    ['issuer with a slash', { iss: `${ISSUER}/` }],
    ['not yet', { nbf: seconds(61) }],
    ['no exp', { exp: undefined }],
    ['exp as text', { exp: '9999999999' }],
    ['access as text', { access: 'repository:registry.example/acme/app:*' }],
    ['access without actions', { access: [{ type: 'repository', name: 'x' }] }],
    ['access beyond bounds', { access: Array.from({ length: 1001 }, () => ({})) }],
  ])('%s', async (_what, change) => {
    await expect(verify(await chained(change))).rejects.toMatchObject(INVALID);
  });

  it('expired', async () => {
    await expect(verify(await chained({ exp: seconds(-61) }))).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
    });
  });

  it('x5c not chained', async () => {
    const other = authority('token root');
    const stranger = other.issue('token server');
    for (const chain of [x5c(stranger), x5c(stranger, other), x5c(stranger, root)])
      await expect(verify(await token(stranger.key, {}, { x5c: chain }))).rejects.toMatchObject(INVALID);
  });

  it('x5c of an authority with the right key and another name', async () => {
    const renamed = authority('another name', { pair: root });
    const roots = [renamed.certificate];
    await expect(verify(await chained(), { roots })).rejects.toMatchObject(INVALID);
    const own = await token(renamed.key, {}, { x5c: x5c(renamed) });
    expect(await verify(own, { roots })).toMatchObject({ subject: 'alice' });
  });

  it('x5c leaf not signing: the chain is good, the signature is of another key', async () => {
    await expect(verify(await token(bare.key, {}, { x5c: x5c(leaf) }))).rejects.toMatchObject(INVALID);
    await expect(verify(await token(leaf.key, {}, { x5c: x5c(root, leaf) }))).rejects.toMatchObject(INVALID);
  });

  it('x5c below a certificate that is no authority', async () => {
    for (const not of [
      { ca: false, certSign: false },
      { ca: true, certSign: false },
      { ca: false, certSign: true },
    ]) {
      const middle = root.issue('middle', not);
      const below = middle.issue('below');
      const text = await token(below.key, {}, { x5c: x5c(below, middle) });
      await expect(verify(text)).rejects.toMatchObject(INVALID);
    }
  });

  it('x5c out of date, leaf, intermediate or authority', async () => {
    const old = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
    const server = root.issue('old', old);
    await expect(verify(await token(server.key, {}, { x5c: x5c(server) }))).rejects.toMatchObject(INVALID);
    const middle = root.issue('middle', { ca: true, ...old });
    const below = middle.issue('below');
    await expect(verify(await token(below.key, {}, { x5c: x5c(below, middle) }))).rejects.toMatchObject(
      INVALID,
    );
    const oldRoot = authority('old root', old);
    const last = oldRoot.issue('last');
    await expect(
      verify(await token(last.key, {}, { x5c: x5c(last) }), { roots: [oldRoot.certificate] }),
    ).rejects.toMatchObject(INVALID);
    const future = root.issue('future', { notBefore: new Date('2027-01-01') });
    await expect(verify(await token(future.key, {}, { x5c: x5c(future) }))).rejects.toMatchObject(INVALID);
  });

  it('x5c that held, and expires: it is looked at again within a minute', async () => {
    const short = root.issue('short', { notAfter: new Date(NOW.getTime() + 30_000) });
    const text = await token(short.key, { exp: seconds(900) }, { x5c: x5c(short) });
    let now = NOW;
    const trust = { issuer: ISSUER, service: SERVICE, roots: [root.certificate], keys: [], jwks: undefined };
    const kept = new DockerTokens(trust, { now: () => now });
    expect(await kept.verify(text)).toMatchObject({ subject: 'alice' });
    now = new Date(NOW.getTime() + 60_000);
    await expect(kept.verify(text)).rejects.toMatchObject(INVALID);
    now = NOW;
    const recent = root.issue('recent', { notBefore: new Date(NOW.getTime() - 1000) });
    const newer = await token(recent.key, { nbf: undefined }, { x5c: x5c(recent) });
    expect(await kept.verify(newer)).toMatchObject({ subject: 'alice' });
    now = new Date(NOW.getTime() - 30_000); // a clock that was put back
    await expect(kept.verify(newer)).rejects.toMatchObject(INVALID);
  });

  it('x5c that is too long, or nothing', async () => {
    const chain = x5c(leaf, root, root, root, root, root);
    for (const header of [
      { x5c: chain },
      { x5c: [] },
      { x5c: 'x' },
      { x5c: [1] },
      { x5c: ['AAAA'] },
      { x5c: null },
    ])
      await expect(verify(await token(leaf.key, {}, header))).rejects.toMatchObject(INVALID);
  });

  it('a bad x5c is not made up for by a good kid', async () => {
    const stranger = authority('stranger');
    const header = { x5c: x5c(stranger), kid: libtrustKeyId(bare.publicKey) };
    await expect(verify(await token(bare.key, {}, header))).rejects.toMatchObject(INVALID);
  });

  it('kid confusion: the id of another key, of none, or something that is no id', async () => {
    const mine = rsaPair();
    for (const kid of [
      libtrustKeyId(bare.publicKey),
      libtrustKeyId(mine.publicKey),
      '',
      '../key',
      '__proto__',
      7,
    ])
      await expect(verify(await token(mine.key, {}, { kid }))).rejects.toMatchObject(INVALID);
    await expect(verify(await token(bare.key))).rejects.toMatchObject(INVALID);
  });

  it('a key that the token brings along', async () => {
    const mine = rsaPair();
    const jwk = await exportJWK(mine.publicKey);
    await expect(verify(await token(mine.key, {}, { jwk }))).rejects.toMatchObject(INVALID);
    await expect(verify(await token(mine.key, {}, { jku: 'http://127.0.0.1:1/' }))).rejects.toMatchObject(
      INVALID,
    );
  });

  it('an algorithm that is not on the list, with a good key and signature', async () => {
    expect(ALGORITHMS.filter(name => !/^([RPE]S(256|384|512)|EdDSA)$/.test(name))).toEqual([]);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const kid = libtrustKeyId(publicKey);
    const keys = [publicKey];
    expect(await verify(await token(privateKey, {}, { alg: 'EdDSA', kid }), { keys })).toBeDefined();
    const other = await token(privateKey, {}, { alg: 'Ed25519', kid });
    await expect(verify(other, { keys })).rejects.toMatchObject(INVALID);
  });

  it('an algorithm of another kind of key', async () => {
    const pair = ecPair();
    const text = await token(pair.key, {}, { alg: 'ES256', kid: libtrustKeyId(bare.publicKey) });
    await expect(verify(text)).rejects.toMatchObject(INVALID);
  });

  it('what is no token', async () => {
    const good = await chained();
    for (const text of [
      '',
      'x',
      'x.y.z',
      `${good}=`,
      `${good}.`,
      ` ${good}`,
      good.slice(0, -8),
      'a'.repeat(20_000),
    ])
      await expect(verify(text)).rejects.toMatchObject(INVALID);
  });
});

describe('scopes', () => {
  const need = { type: 'repository', name: 'a/b', actions: ['push', 'pull'] };
  const grant = (name: string, ...actions: string[]) => ({ type: 'repository', name, actions });

  it('are met by all their actions on exactly that name, or by *', () => {
    expect(allows([grant('a/b', 'pull', 'push')], need)).toBe(true);
    expect(allows([grant('a/b', 'pull'), grant('a/b', 'push')], need)).toBe(true);
    expect(allows([grant('a/b', '*')], need)).toBe(true);
    expect(formatScope(need)).toBe('repository:a/b:push,pull');
  });

  it('scope widening: other names, other types, fewer actions, names that look like patterns', () => {
    for (const granted of [
      [],
      [grant('a/b', 'push')],
      [grant('a/b', 'pull'), grant('a/c', 'push')],
      [grant('a/bc', '*')],
      [grant('a', '*')],
      [grant('a/*', '*')],
      [grant('*', '*')],
      [grant('A/B', '*')],
      [{ ...grant('a/b', '*'), type: 'registry' }],
    ])
      expect(allows(granted, need)).toBe(false);
    expect(allows([grant('a/b', 'push', 'pull')], { ...need, actions: ['*'] })).toBe(false);
  });
});
