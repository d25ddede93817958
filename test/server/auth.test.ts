import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { TokenAuthority } from '../../src/repository/tokens.js';
import { createAuthenticator, isLoopbackAddress } from '../../src/server/auth.js';

const tokens = new TokenAuthority(new Uint8Array(32).fill(3), {
  now: () => new Date('2026-05-01T12:00:00Z'),
});
const request = (remoteAddress: string, headers: object = {}, localAddress = '127.0.0.1') =>
  ({ raw: { socket: { remoteAddress, localAddress } }, headers }) as unknown as FastifyRequest;

describe('writes without a token', () => {
  const authenticate = createAuthenticator({ mode: 'loopback', tokens });

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
    'are taken from this machine: %s',
    async address => {
      expect(await authenticate(request(address))).toEqual({ kind: 'loopback' });
    },
  );

  it.each(['10.0.0.1', '128.0.0.1', '::2', '::ffff:10.0.0.1', 'fe80::1', '', 'localhost'])(
    'are refused from %j',
    async address => {
      await expect(authenticate(request(address))).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
    },
  );

  it('are refused on a listener that other machines reach, also from this one', async () => {
    await expect(authenticate(request('127.0.0.1', {}, '10.0.0.1'))).rejects.toMatchObject({
      code: 'TOKEN_MISSING',
    });
  });

  it.each(['origin', 'forwarded', 'x-forwarded-for', 'via'])(
    'are refused when another asked for them (%s): a web page, a proxy',
    async name => {
      await expect(authenticate(request('127.0.0.1', { [name]: 'x' }))).rejects.toMatchObject({
        code: 'TOKEN_MISSING',
      });
    },
  );

  it('are refused everywhere in token mode', async () => {
    const strict = createAuthenticator({ mode: 'token', tokens });
    await expect(strict(request('127.0.0.1'))).rejects.toMatchObject({
      code: 'TOKEN_MISSING',
      message: 'the call needs a bearer token',
    });
  });

  it('never excuse a token that is bad', async () => {
    await expect(authenticate(request('127.0.0.1', { authorization: 'Bearer x' }))).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
    await expect(authenticate(request('127.0.0.1', { authorization: 'Digest x' }))).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: 'the Authorization header holds no bearer token',
    });
  });
});

describe('a token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('is taken in any mode, whatever the case of %s', async scheme => {
    const token = await tokens.issue({ subject: 'ci', create: [], push: ['x'], lifetimeSeconds: 60 });
    for (const mode of ['token', 'loopback'] as const) {
      const authenticate = createAuthenticator({ mode, tokens });
      const caller = await authenticate(
        request('10.0.0.1', { authorization: `${scheme} ${token}`, origin: 'x' }),
      );
      expect(caller).toMatchObject({ kind: 'token', principal: { subject: 'ci' } });
    }
  });
});

describe('loopback addresses', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.255.255.255', true],
    ['126.255.255.255', false],
    ['::1', true],
    ['::', false],
    ['0.0.0.0', false],
    ['::ffff:127.0.0.1', true],
    ['::ffff:128.0.0.1', false],
    ['localhost', false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopbackAddress(address)).toBe(expected);
  });
});
