/** The signer over the network: who may ask, what the repository makes of every way in which it can fail. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parsePublicKey } from '../../../src/crypto/public-key.js';
import type { Config } from '../../../src/config/types.js';
import { httpRequest } from '../../../src/transport/http.js';
import type { HttpClient, HttpRequest, TlsOptions } from '../../../src/transport/http-types.js';
import { RemoteSignerClient } from '../../../src/transport/remote-signer.js';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../../src/tuf/role-name.js';
import { payloadOf } from '../../keystore/support.js';
import { documents, makeRoot, makeTargets } from '../../repository/publisher.js';
import { failureOf } from '../../storage/support.js';
import { freePort } from '../../support/ports.js';
import { readToken, start, temporaryFolder } from '../service.js';
import { clientNamed, runSigner, signerFiles, snapshotOf, timestampOf } from './support.js';

const inAMonth = new Date(Date.now() + 30 * 86_400_000);
const now = new Date(Math.floor(Date.now() / 1000) * 1000);

const keysRequest = (address: string, tls: TlsOptions): HttpRequest => ({
  url: `${address}/v1/signer/keys?repository=example`,
  maxBytes: 1e6,
  tls,
});

describe('who may ask the signer', () => {
  it('a caller with a certificate of the authority and a name that is listed', async () => {
    const { address, tls } = await runSigner();
    expect((await httpRequest(keysRequest(address, tls))).status).toBe(200);
  });

  it.each<[string, (good: TlsOptions) => TlsOptions]>([
    ['without a certificate', ({ ca }) => ({ ca: ca ?? '' })],
    [
      'with a certificate of another authority',
      ({ ca }) => ({ ...ca0(ca), ...pairOf(clientNamed('repository')) }),
    ],
  ])('nobody %s', async (_name, change) => {
    const { address, tls, lines } = await runSigner();
    await expect(httpRequest(keysRequest(address, change(tls)))).rejects.toMatchObject({
      code: expect.stringMatching(/^FETCH_(TLS|UNREACHABLE)$/) as string,
    });
    expect(lines.join()).not.toContain('signed');
  });

  it('nobody with another name', async () => {
    const { address, tls } = await runSigner({ clientNames: ['other', 'repositor'] });
    await failureOf(httpRequest(keysRequest(address, tls)), 'FETCH_UNREACHABLE');
  });

  it.each<[keyof Config['serveSigner'], Partial<Config['serveSigner']>]>([
    ['tls', { tls: undefined }],
    ['clientCa', { clientCa: undefined }],
    ['clientNames', { clientNames: [] }],
  ])('it does not start without serveSigner.%s', async (name, change) => {
    const error = await failureOf(runSigner(change), 'SIGNER_CONFIG');
    expect(error.message).toContain(`serveSigner.${name} is not set`);
  });
});

const ca0 = (ca: TlsOptions['ca']) => (ca === undefined ? {} : { ca });
const pairOf = ({ cert, key }: { cert: string; key: string }) => ({ cert, key });

describe('what is sent to the signer', () => {
  const post = (address: string, tls: TlsOptions, body: unknown) =>
    httpRequest({
      method: 'POST',
      url: `${address}/v1/signer/sign`,
      maxBytes: 1e6,
      tls,
      headers: { 'content-type': 'application/json' },
      body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
    });
  const good = () => ({
    repository: 'example',
    role: 'snapshot',
    payload: Buffer.from(snapshotOf({ now })).toString('base64'),
  });

  it.each<[string, number, string, unknown]>([
    ['a body that is too long', 413, 'SERVER_BODY_TOO_LARGE', new Uint8Array(3 * 1024 * 1024 + 1)],
    ['no JSON', 400, 'JSON_SYNTAX', Buffer.from('{')],
    ['an array', 400, 'JSON_TYPE', []],
    ['no payload', 400, 'JSON_TYPE', { ...good(), payload: undefined }],
    ['a payload that is no base64', 400, 'SERVER_REQUEST', { ...good(), payload: 'a' }],
    ['a repository that is a path', 400, 'IMAGE_REPOSITORY_NAME', { ...good(), repository: '../x' }],
    ['a role that is none', 400, 'TUF_ROLE_NAME', { ...good(), role: '' }],
    ['the role root', 403, 'KEYSTORE_REFUSED', { ...good(), role: 'root' }],
    ['the role targets', 403, 'KEYSTORE_REFUSED', { ...good(), role: 'targets' }],
  ])('%s is refused with %i %s', async (_name, status, code, body) => {
    const { address, tls } = await runSigner();
    const answer = await post(address, tls, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(Buffer.from(answer.body).toString())).toMatchObject({ error: { code } });
    expect((await post(address, tls, good())).status).toBe(200);
  });

  it('keys of no repository are asked for with 400', async () => {
    const { address, tls } = await runSigner();
    for (const query of [
      '',
      '?repository=',
      '?repository=..',
      '?repository=a&repository=b',
      '?repository=a&snapshot=1',
      '?repository=a&snapshot=0&timestamp=1',
      '?repository=a&snapshot=1&timestamp=x',
    ]) {
      const answer = await httpRequest({ url: `${address}/v1/signer/keys${query}`, maxBytes: 1e6, tls });
      expect(answer.status, query).toBe(400);
    }
  });
});

const clientOf = async (change: Partial<Config['serveSigner']> = {}) => {
  const running = await runSigner(change);
  const { address: url, tls } = running;
  const client = new RemoteSignerClient({ url, tls });
  return { ...running, client, signers: await client.signersOf('example') };
};

describe('the remote signer', () => {
  it('signs as a signer in this process does, and says why not', async () => {
    const { signers } = await clientOf();
    const payload = snapshotOf({ now });
    expect(signers.snapshot.key.verify(payload, await signers.snapshot.sign(SNAPSHOT, payload))).toBe(true);
    const again = signers.snapshot.sign(SNAPSHOT, snapshotOf({ now, hours: 3 }));
    expect((await failureOf(again, 'SIGNER_VERSION')).details).toMatchObject({ last: 1 });
    for (const role of [ROOT, TARGETS, TIMESTAMP]) {
      const error = await failureOf(signers.snapshot.sign(role, payloadOf('targets')), 'SIGNER_REFUSED');
      expect(error.details).toEqual({ reported: 'KEYSTORE_REFUSED' });
    }
  });

  it('signs with the keys of another generation once root names them', async () => {
    const { client, signers } = await clientOf();
    expect(signers).toMatchObject({
      generations: { snapshot: 1, timestamp: 1 },
      next: { snapshot: 2, timestamp: 2 },
    });
    const rotated = await client.signersOf('example', signers.next);
    expect(rotated.generations).toEqual({ snapshot: 2, timestamp: 2 });
    expect(rotated.snapshot.key.id).not.toBe(signers.snapshot.key.id);
    const payload = snapshotOf({ now });
    expect(rotated.snapshot.key.verify(payload, await rotated.snapshot.sign(SNAPSHOT, payload))).toBe(true);
    const mixed = await client.signersOf('example', { snapshot: 1, timestamp: 2 });
    expect([mixed.snapshot.key.id, mixed.timestamp.key.id]).toEqual([
      signers.snapshot.key.id,
      rotated.timestamp.key.id,
    ]);
    const absent = client.signersOf('example', { snapshot: 1001, timestamp: 1 });
    await failureOf(absent, 'SIGNER_REFUSED');
  });

  it('asks for keys once, and says when it asks too often', async () => {
    const { client, signers } = await clientOf({ maxPerMinute: 1 });
    expect(await client.signersOf('example')).toBe(signers);
    await signers.snapshot.sign(SNAPSHOT, snapshotOf({ now }));
    await failureOf(signers.timestamp.sign(TIMESTAMP, timestampOf({ now })), 'SIGNER_RATE');
  });

  it('a signature of another key is none, and the keys are asked for again', async () => {
    const { client, signers, files, close } = await clientOf();
    const payload = snapshotOf({ now });
    // The key of the snapshot signs; that of the timestamp is expected.
    await failureOf(signers.timestamp.sign(SNAPSHOT, payload), 'SIGNER_ANSWER');
    expect(await client.signersOf('example')).not.toBe(signers);
    await close();
    expect(existsSync(join(files.folder, 'signer', 'online-key'))).toBe(true);
  });

  it.each<[string, HttpClient, string]>([
    ['that is no JSON', answering(200, 'hello'), 'SIGNER_ANSWER'],
    ['without keys', answering(200, '{}'), 'SIGNER_ANSWER'],
    ['that is a page of a proxy', answering(502, '<html>'), 'SIGNER_REFUSED'],
    ['that redirects', answering(302, ''), 'SIGNER_REFUSED'],
  ])('an answer %s is none', async (_name, http, code) => {
    const client = new RemoteSignerClient({ url: 'https://127.0.0.1:1/', tls: {}, http });
    await expect(client.signersOf('example')).rejects.toMatchObject({ code });
  });

  it('waits no longer than it may for one that is silent', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const client = new RemoteSignerClient({ url: `https://127.0.0.1:${port}`, tls: {}, timeoutMs: 50 });
    const error = await failureOf(client.signersOf('example'), 'SIGNER_UNAVAILABLE');
    expect(error.message).toMatch(/took longer than/);
  });

  it('asks a second time when a connection ends, not a third', async () => {
    const { tls, address } = await runSigner();
    let asked = 0;
    const failing = (failures: number): HttpClient => {
      asked = 0;
      return request =>
        asked++ < failures ? httpRequest({ ...request, url: 'http://127.0.0.1:1/' }) : httpRequest(request);
    };
    const open = (failures: number) =>
      new RemoteSignerClient({ url: address, tls, http: failing(failures) }).signersOf('example');
    await open(1);
    await failureOf(open(2), 'SIGNER_UNAVAILABLE');
    expect(asked).toBe(2);
  });
});

function answering(status: number, body: string): HttpClient {
  return ({ url }) => Promise.resolve({ status, url, headers: new Map(), body: Buffer.from(body) });
}

describe('a service with a signer', () => {
  async function together(change: Partial<Config['serveSigner']> = {}) {
    const signer = await runSigner(change);
    const { address: url, files } = signer;
    const data = join(temporaryFolder(), 'data');
    const config = { signer: { url, ca: files.ca, tls: files.tls } };
    const service = await start(config, { data });
    const write = (path: string, body: object) =>
      service.get(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${readToken(data)}` },
        body: Buffer.from(JSON.stringify(body)),
      });
    return { signer, service, data, config, write };
  }

  /** A signer that is away for a while comes back at its port, which the system gives to nobody meanwhile. */
  const atFreePort = async () => ({ listen: { host: '127.0.0.1', port: await freePort() } });

  async function create({ service, write }: Pick<Awaited<ReturnType<typeof together>>, 'service' | 'write'>) {
    const keys = JSON.parse((await service.get('/v1/repositories/example/keys')).text) as Record<
      string,
      never
    >;
    const online = {
      snapshot: { key: parsePublicKey(keys['snapshot'] as never, 'snapshot') },
      timestamp: { key: parsePublicKey(keys['timestamp'] as never, 'timestamp') },
    };
    const root = await makeRoot({ online, expires: inAMonth });
    const targets = await makeTargets({ expires: inAMonth });
    return write('/v1/repositories', { name: 'example', documents: documents({ root, targets }) });
  }

  const publish = async (write: Awaited<ReturnType<typeof together>>['write'], version: number) =>
    write('/v1/repositories/example/publish', {
      base: { targets: version - 1 },
      documents: documents({ targets: await makeTargets({ version, expires: inAMonth }) }),
    });

  it('publishes with its signatures, and has no secret of its own', async () => {
    const { service, signer, data, write } = await together();
    expect((await create({ service, write })).status).toBe(201);
    expect((await publish(write, 2)).status).toBe(200);
    expect(existsSync(join(data, 'online-key'))).toBe(false);
    const signed = signer.lines.filter(line => line.includes('"message":"signed"'));
    expect(signed).toHaveLength(4);
  });

  it('that is down publishes nothing, says so, serves on, and goes on when it is back', async () => {
    const { service, signer, write } = await together(await atFreePort());
    await create({ service, write });
    const before = (await service.get('/v1/repositories')).text;
    await signer.close();
    const answer = await publish(write, 2);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { code: 'SIGNER_UNAVAILABLE', hint: expect.stringContaining('serve-signer') as string },
    });
    expect((await service.get('/v1/repositories')).text).toBe(before);
    expect((await service.get('/tuf/example/metadata/2.targets.json')).status).toBe(404);
    expect((await service.get('/tuf/example/metadata/timestamp.json')).status).toBe(200);
    const { port } = new URL(signer.address);
    await runSigner({ listen: { host: '127.0.0.1', port: Number(port) } }, signer.files);
    expect((await publish(write, 2)).status).toBe(200);
  });

  it('starts while its signer is down, and serves what was signed', async () => {
    const { service, signer, write, data, config } = await together(await atFreePort());
    await create({ service, write });
    await service.close();
    await signer.close();
    const again = await start(config, { data });
    expect((await again.get('/tuf/example/metadata/timestamp.json')).status).toBe(200);
    expect((await again.get('/v1/repositories/other/keys')).status).toBe(503);
  });

  it('passes over versions that were signed and lost, and never publishes one twice', async () => {
    const { service, signer, write } = await together();
    await create({ service, write });
    const { client } = { client: new RemoteSignerClient({ url: signer.address, tls: signer.tls }) };
    const { snapshot } = await client.signersOf('example');
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000);
    for (const version of [2, 3]) await snapshot.sign(SNAPSHOT, snapshotOf({ now: soon, version }));
    const { versions } = JSON.parse((await publish(write, 2)).text) as { versions: object };
    expect(versions).toMatchObject({ targets: 2, snapshot: 4, timestamp: 2 });
  });

  it('does not start with a secret of its own beside it', async () => {
    const { config } = await together();
    const data = join(temporaryFolder(), 'data');
    const alone = await start({}, { data });
    await alone.close();
    const error = await failureOf(start(config, { data }), 'SIGNER_CONFIG');
    expect(error.message).toContain(join(data, 'online-key'));
    renameSync(join(data, 'online-key'), join(data, 'moved'));
    await failureOf(start(config, { data, env: { WRIT_ONLINE_KEY: 'ab'.repeat(32) } }), 'SIGNER_CONFIG');
    writeFileSync(join(data, 'writ-online-key'), 'ab'.repeat(32), { mode: 0o600 });
    await failureOf(start(config, { data, env: { CREDENTIALS_DIRECTORY: data } }), 'SIGNER_CONFIG');
    await start(config, { data, env: { WRIT_ONLINE_KEY: '' } });
  });

  it('keeps its keys when its secret moves into the signer', async () => {
    const data = join(temporaryFolder(), 'data');
    const alone = await start({}, { data });
    const before = (await alone.get('/v1/repositories/example/keys')).text;
    await alone.close();
    const files = signerFiles();
    renameSync(join(data, 'online-key'), join(files.folder, 'signer', 'online-key'));
    const signer = await runSigner({}, files);
    const service = await start({ signer: { url: signer.address, ca: files.ca, tls: files.tls } }, { data });
    expect((await service.get('/v1/repositories/example/keys')).text).toBe(before);
  });
});
