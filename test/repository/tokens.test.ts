import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { may, TokenAuthority, type TokenRequest } from '../../src/repository/tokens.js';

const SEED = new Uint8Array(32).fill(1);
const START = new Date('2026-05-01T12:00:00Z');
const at = (seconds: number, seed = SEED) =>
  new TokenAuthority(seed, { now: () => new Date(START.getTime() + seconds * 1000) });
const request = (change: Partial<TokenRequest> = {}): TokenRequest => ({
  subject: 'ci',
  create: ['team-*'],
  push: ['team-*', 'shared'],
  lifetimeSeconds: 60,
  ...change,
});

/** A token that the service's own key signed, but that the service did not make. */
function forge(claims: Record<string, unknown>, header: { alg: string; typ?: string }): Promise<string> {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = createPrivateKey({ key: Buffer.concat([prefix, SEED]), format: 'der', type: 'pkcs8' });
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}
const seconds = START.getTime() / 1000;
const CLAIMS = {
  iss: 'writ',
  sub: 'x',
  iat: seconds,
  exp: seconds + 60,
  jti: '1',
  access: [{ actions: ['push', 'own'], name: '*' }],
};
const HEADER = { alg: 'EdDSA', typ: 'JWT' };

describe('bearer tokens', () => {
  it('say who holds them and what they allow', async () => {
    const principal = await at(0).verify(await at(0).issue(request()));
    expect(principal).toEqual({
      subject: 'ci',
      tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      access: [
        { actions: ['create', 'push'], name: 'team-*' },
        { actions: ['push'], name: 'shared' },
      ],
    });
  });

  it('are good until the second they expire', async () => {
    const token = await at(0).issue(request());
    await expect(at(59).verify(token)).resolves.toMatchObject({ subject: 'ci' });
    await expect(at(60).verify(token)).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
      message: 'the token has expired',
    });
  });

  it('of another service are refused', async () => {
    const token = await at(0, new Uint8Array(32).fill(2)).issue(request());
    await expect(at(0).verify(token)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: 'the token is not one of this service',
    });
  });

  it('whose claims were changed are refused', async () => {
    const [head, , signature] = (await at(0).issue(request())).split('.');
    const claims = Buffer.from(JSON.stringify(CLAIMS)).toString('base64url');
    await expect(at(0).verify(`${head}.${claims}.${signature}`)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });

  it('without a signature (alg none) are refused', async () => {
    const part = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
    const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(CLAIMS)}.`;
    await expect(at(0).verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('signed with the public key as a shared secret (alg confusion) are refused', async () => {
    const part = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
    const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(SEED);
    expect(token.startsWith(part({ alg: 'HS256', typ: 'JWT' }))).toBe(true);
    await expect(at(0).verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it.each(['', 'x', 'a.b.c', 'é', '\0'])('that are no tokens are refused: %j', async text => {
    await expect(at(0).verify(text)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('longer than any of ours are refused unread', async () => {
    await expect(at(0).verify('x'.repeat(8193))).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: 'the token is too long to be one of ours',
    });
  });

  it('of our key with all claims are good, and an unknown action allows nothing', async () => {
    const principal = await at(0).verify(await forge(CLAIMS, HEADER));
    expect(principal.access).toEqual([{ actions: ['push'], name: '*' }]);
  });

  it.each(['iss', 'sub', 'exp', 'iat', 'jti', 'access'])('of our key without %s are refused', async claim => {
    const claims = Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));
    await expect(at(0).verify(await forge(claims, HEADER))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it.each([
    ['issuer', { iss: 'other' }, HEADER],
    ['type', {}, { alg: 'EdDSA', typ: 'at+jwt' }],
    ['access', { access: 'all' }, HEADER],
    ['access entry', { access: [{ actions: 'push', name: 'x' }] }, HEADER],
    ['start', { nbf: seconds + 10 }, HEADER],
  ])('of our key with another %s are refused', async (_, change, header) => {
    const token = await forge({ ...CLAIMS, ...change }, header);
    await expect(at(0).verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it.each([
    [{ subject: '' }, 'the subject of a token has 1 to 200 printable ASCII characters'],
    [{ subject: 'x'.repeat(201) }, 'the subject of a token has 1 to 200 printable ASCII characters'],
    [{ subject: 'a\nb' }, 'the subject of a token has 1 to 200 printable ASCII characters'],
    [{ create: [], push: [] }, 'the token would allow nothing'],
    [{ push: Array<string>(101).fill('x'), create: [] }, 'a token names at most 100 patterns'],
    [{ push: ['Team'] }, '"Team" is not a pattern of repository names'],
    [{ create: [''] }, '"" is not a pattern of repository names'],
    [{ create: ['a/b'] }, '"a/b" is not a pattern of repository names'],
    [{ lifetimeSeconds: 0 }, 'a token lives from 1 to 315576000 seconds'],
    [{ lifetimeSeconds: 1.5 }, 'a token lives from 1 to 315576000 seconds'],
    [{ lifetimeSeconds: 315_576_001 }, 'a token lives from 1 to 315576000 seconds'],
  ])('are not issued for %j', async (change, message) => {
    await expect(at(0).issue(request(change))).rejects.toMatchObject({ code: 'TOKEN_REQUEST', message });
  });

  it('are issued up to every bound', async () => {
    const token = at(0).issue(
      request({
        subject: 'x'.repeat(200),
        push: [],
        create: Array<string>(100).fill('x'),
        lifetimeSeconds: 315_576_000,
      }),
    );
    await expect(token.then(text => at(1).verify(text))).resolves.toMatchObject({
      access: [{ actions: ['create'], name: 'x' }],
    });
  });
});

describe('what a token allows', () => {
  const principal = (name: string) => ({
    subject: 's',
    tokenId: 't',
    access: [{ actions: ['push'] as const, name }],
  });

  it.each([
    ['example', 'example', true],
    ['example', 'example2', false],
    ['example', 'exampl', false],
    ['*', 'anything', true],
    ['team-*', 'team-', true],
    ['team-*', 'team-a', true],
    ['team-*', 'teams', false],
    ['*-prod', 'a-prod', true],
    ['*-prod', 'a-prod2', false],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxcyyb', false],
    ['a*bc*c', 'abc', false],
    ['a*bc*c', 'abcc', true],
    ['a.c', 'abc', false],
  ])('%s covers %s: %s', (pattern, name, expected) => {
    expect(may(principal(pattern), 'push', name)).toBe(expected);
  });

  it('is only the actions that it lists', () => {
    expect(may(principal('*'), 'create', 'x')).toBe(false);
    expect(may({ subject: 's', tokenId: 't', access: [] }, 'push', 'x')).toBe(false);
  });
});
