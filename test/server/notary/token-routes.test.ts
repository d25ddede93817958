/** The built-in token server over HTTP, in front of the Notary wire that takes its tokens. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import type { OwnTokens } from '../../../src/config/types.js';
import { NOTARY_DEFAULTS, start, type Started } from '../service.js';

const GUN = 'registry.example/acme/app';
const RULE = { users: [], groups: [], loggedIn: false, everybody: false };
const HASHES = { alice: hashSync('alice-secret', 4), bob: hashSync('bob-secret', 4) };
const SETTINGS: OwnTokens = {
  type: 'builtin',
  service: 'writ.example',
  services: ['registry.example'],
  issuer: 'writ-issuer',
  realm: undefined,
  lifetimeSeconds: 120,
  htpasswd: undefined,
  users: new Map(Object.entries(HASHES)),
  groups: new Map([['team', ['bob']]]),
  rules: [
    { ...RULE, users: ['alice'], repositories: ['registry.example/acme/*'], allow: ['push', 'pull'] },
    { ...RULE, groups: ['team'], repositories: ['**'], allow: ['*'] },
    { ...RULE, loggedIn: true, repositories: ['registry.example/shared/**'], allow: ['pull'] },
    { ...RULE, everybody: true, repositories: ['registry.example/public/**'], allow: ['pull'] },
  ],
  oidc: [],
};
const service = (change: Partial<OwnTokens> = {}): Promise<Started> =>
  start({ notary: { ...NOTARY_DEFAULTS, auth: { ...SETTINGS, ...change } } });

const basic = (name: string, password = `${name}-secret`) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
const scope = (name: string, actions: string): string =>
  `scope=${encodeURIComponent(`repository:${name}:${actions}`)}`;

interface Given {
  token: string;
  access_token: string;
  expires_in: number;
  issued_at: string;
}
async function tokenFrom(
  running: Started,
  query: string,
  headers: Record<string, string> = {},
): Promise<Given> {
  const answer = await running.get(`/v1/notary/token?${query}`, { headers });
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return JSON.parse(answer.text) as Given;
}
const accessOf = ({ token }: Given): unknown => decodeJwt(token)['access'];

describe('the token server', () => {
  it('gives what docker, notary and a registry read', async () => {
    const running = await service();
    const query = `account=alice&service=writ.example&offline_token=true&client_id=docker&${scope(GUN, 'push,pull')}`;
    const given = await tokenFrom(running, query, basic('alice'));
    expect(given.access_token).toBe(given.token);
    expect(given.expires_in).toBe(120);
    expect(Date.parse(given.issued_at)).toBeGreaterThan(0);
    const claims = decodeJwt(given.token);
    expect(claims).toMatchObject({
      iss: 'writ-issuer',
      aud: 'writ.example',
      sub: 'alice',
      access: [{ type: 'repository', name: GUN, actions: ['push', 'pull'] }],
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(120);
    const { x5c = [], kid } = decodeProtectedHeader(given.token);
    const { text } = await running.get('/v1/notary/token/certificate.pem');
    const certificate = new X509Certificate(text);
    expect(x5c).toEqual([certificate.raw.toString('base64')]);
    await jwtVerify(given.token, certificate.publicKey, { algorithms: ['ES256'] });
    const { keys } = JSON.parse((await running.get('/v1/notary/token/jwks.json')).text) as { keys: JWK[] };
    expect(keys.map(key => key.kid)).toEqual([kid]);
    expect(keys[0]).not.toHaveProperty('d');
    await jwtVerify(given.token, await importJWK(keys[0]!, 'ES256'));
  });

  it('is where the challenges of the wire send clients, and its tokens open the wire', async () => {
    const running = await service();
    const path = `/v2/${GUN}/_trust/tuf/root.json`;
    const refused = await running.get(path);
    const realm = `${running.addresses.repository}/v1/notary/token`;
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer realm="${realm}",service="writ.example",scope="repository:${GUN}:pull"`,
    );
    const { token } = await tokenFrom(running, scope(GUN, 'pull'), basic('alice'));
    const headers = { authorization: `Bearer ${token}` };
    expect((await running.get(path, { headers })).status).toBe(404);
    expect((await running.get(`/v2/${GUN}2/_trust/tuf/root.json`, { headers })).status).toBe(401);
  });

  it('gives no more than the rules allow, by user, group, login and to everybody', async () => {
    const running = await service();
    const asked = [
      scope(GUN, 'push,pull,*'),
      scope('other/x', '*,pull'),
      scope('registry.example/shared/a/b', 'push,pull'),
      scope('registry.example/public/a', 'push,pull'),
    ].join('&');
    const on = (name: string, ...actions: string[]) => ({ type: 'repository', name, actions });
    expect(accessOf(await tokenFrom(running, asked, basic('alice')))).toEqual([
      on(GUN, 'push', 'pull'),
      on('registry.example/shared/a/b', 'pull'),
      on('registry.example/public/a', 'pull'),
    ]);
    expect(accessOf(await tokenFrom(running, asked, basic('bob')))).toHaveLength(4);
    expect(accessOf(await tokenFrom(running, asked))).toEqual([on('registry.example/public/a', 'pull')]);
    expect(accessOf(await tokenFrom(running, '', basic('alice')))).toEqual([]);
  });

  it('asks for a login where nobody would get nothing', async () => {
    const running = await service();
    for (const query of ['', scope(GUN, 'pull'), scope('registry.example/public/a', 'push')]) {
      const answer = await running.get(`/v1/notary/token?${query}`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="writ"');
      expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
    }
  });

  it('gives tokens for the services that it knows, each for its own', async () => {
    const running = await service();
    const { token } = await tokenFrom(
      running,
      `service=registry.example&${scope(GUN, 'pull')}`,
      basic('alice'),
    );
    expect(decodeJwt(token).aud).toBe('registry.example');
    const headers = { authorization: `Bearer ${token}` };
    const answer = await running.get(`/v2/${GUN}/_trust/tuf/root.json`, { headers });
    expect(answer.headers.get('www-authenticate')).toMatch(/error="invalid_token"$/);
    expect((await running.get('/v1/notary/token?service=other', { headers: basic('alice') })).status).toBe(
      400,
    );
  });

  it('takes a password in a form too, and no other grant', async () => {
    const running = await service();
    const post = (form: Record<string, string>) =>
      running.get('/v1/notary/token', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(new URLSearchParams(form).toString()),
      });
    const form = {
      grant_type: 'password',
      username: 'alice',
      password: 'alice-secret',
      service: 'writ.example',
      scope: `repository:${GUN}:pull repository:registry.example/acme/b:push`,
      client_id: 'containerd-client',
    };
    const answer = await post(form);
    expect(answer.status).toBe(200);
    expect(accessOf(JSON.parse(answer.text) as Given)).toHaveLength(2);
    expect((await post({ ...form, password: 'x' })).status).toBe(401);
    expect((await post({ ...form, grant_type: 'refresh_token' })).status).toBe(400);
    expect((await running.get('/v1/notary/token', { method: 'POST', body: Buffer.from('{}') })).status).toBe(
      415,
    );
  });
});

describe('attacks', () => {
  it('wrong names and passwords get one answer, and too many none', async () => {
    const running = await service();
    const answers = new Set<string>();
    for (const [name, password] of [
      ['alice', 'wrong'],
      ['nobody', 'alice-secret'],
      ['alice', ''],
    ] as const) {
      const { status, text } = await running.get('/v1/notary/token', { headers: basic(name, password) });
      answers.add(`${status} ${text}`);
    }
    expect([...answers]).toEqual([
      '401 {"errors":[{"code":"UNAUTHORIZED","message":"the name or the password is wrong"}]}\n',
    ]);
    for (let i = 0; i < 8; i++) await running.get('/v1/notary/token', { headers: basic('alice', 'wrong') });
    const shut = await running.get('/v1/notary/token', { headers: basic('alice') });
    expect(shut.status).toBe(429);
    expect(Number(shut.headers.get('retry-after'))).toBeGreaterThan(200);
    expect((await running.get('/v1/notary/token', { headers: basic('bob') })).status).toBe(200);
  });

  it('a token is no password, nor a way to another token', async () => {
    const running = await service();
    const { token } = await tokenFrom(running, scope(GUN, 'pull'), basic('alice'));
    const bearer = { authorization: `Bearer ${token}` };
    expect((await running.get(`/v1/notary/token?${scope(GUN, 'push')}`, { headers: bearer })).status).toBe(
      401,
    );
    expect((await running.get('/v1/notary/token', { headers: basic('alice', token) })).status).toBe(401);
  });

  it('a host that is none does not become a realm', async () => {
    const running = await service();
    const headers = { host: 'evil"x' };
    const answer = await running.get('/v2/', { headers });
    expect(answer.headers.get('www-authenticate')).toContain('realm="http://localhost/v1/notary/token"');
  });

  it('the log knows who was let in and who was not, and no secret', async () => {
    const running = await service();
    const { token } = await tokenFrom(running, scope(GUN, 'pull'), basic('alice'));
    await running.get('/v1/notary/token', { headers: basic('alice', 'wrong-secret') });
    await running.close();
    const log = running.lines.join('\n');
    expect(log).toContain('"subject":"alice"');
    expect(log).toContain('"code":"TOKEN_INVALID"');
    for (const secret of [token, token.split('.')[2]!, 'wrong-secret', 'alice-secret', HASHES.alice])
      expect(log).not.toContain(secret);
  });

  it('its key lies in the data folder for the service alone, and stays', async () => {
    const running = await service();
    for (const file of ['notary-token-key', 'notary-token.pem'])
      expect(statSync(join(running.data, file)).mode & 0o777).toBe(0o600);
    const before = readFileSync(join(running.data, 'notary-token.pem'), 'utf8');
    await running.close();
    const again = await start({ notary: { ...NOTARY_DEFAULTS, auth: SETTINGS } }, { data: running.data });
    expect((await again.get('/v1/notary/token/certificate.pem')).text).toBe(before);
    expect(createPublicKey(before).asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(() => createPrivateKey(before)).toThrow();
  });

  it('users that cannot be used keep the service from starting', async () => {
    await expect(service({ users: new Map([['alice', 'secret']]) })).rejects.toMatchObject({
      code: 'ACCESS_USERS',
    });
    await expect(service({ htpasswd: '/nowhere/htpasswd' })).rejects.toMatchObject({ code: 'ACCESS_USERS' });
  });
});
