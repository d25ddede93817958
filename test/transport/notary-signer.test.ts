/** The client of notary-signer against servers of HTTP/2 that answer as they should not. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { constants, createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { canonicalBytes } from '../../src/json/canonical.js';
import { NotarySignerClient } from '../../src/transport/notary-signer.js';
import { bytesAt, integerAt, readMessage, textAt, writeMessage } from '../../src/transport/protobuf.js';
import { writeNotaryTimestamp } from '../../src/tuf/format/notary1-write.js';
import { describeNotaryFile } from '../../src/tuf/notary/describe.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { issueCertificate } from '../../src/keystore/certificate.js';
import { SNAPSHOT } from '../../src/tuf/role-name.js';

const GUN = parseGun('registry.example/acme/app');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = notaryKeyOf(privateKey);
const other = notaryKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const certificate = () =>
  issueCertificate({ names: ['localhost'], notBefore: new Date(Date.now() - 1000), days: 1 });
const localhost = certificate();
const payload = canonicalBytes(
  writeNotaryTimestamp({
    version: 1,
    expires: new Date('2030-01-01T00:00:00Z'),
    meta: new Map([[SNAPSHOT, describeNotaryFile(new Uint8Array(10))]]),
  }),
);

const framed = (message: Uint8Array): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
};
const publicKey = (of = key, id: string = of.id): Uint8Array => {
  const info = writeMessage({ 1: writeMessage({ 1: id }), 2: writeMessage({ 1: of.keytype }) });
  return writeMessage({ 1: info, 2: Buffer.from(String(of.keyval['public']), 'base64') });
};
const signature = (): Uint8Array =>
  writeMessage({ 3: sign('sha256', payload, { key: privateKey, dsaEncoding: 'ieee-p1363' }) });

type Answer = (stream: ServerHttp2Stream, message: Buffer, path: string) => void;
/** An answer as gRPC has it. */
const give =
  (message: Uint8Array, status = '0', text = ''): Answer =>
  stream => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': status, ...(text !== '' && { 'grpc-message': text }) });
    });
    stream.end(framed(message));
  };
const refuse =
  (status: string, text: string): Answer =>
  stream => {
    const headers = { ':status': 200, 'content-type': 'application/grpc' };
    stream.respond({ ...headers, 'grpc-status': status, 'grpc-message': text }, { endStream: true });
  };

const running: { server: Http2SecureServer; client: NotarySignerClient }[] = [];
afterEach(() => {
  for (const { server, client } of running.splice(0)) {
    client.close();
    server.close();
  }
});

/** A client, and what the server was asked. */
async function against(answer: Answer, { timeoutMs = 60_000, now = (): number => performance.now() } = {}) {
  const server = createSecureServer({ cert: localhost.cert, key: localhost.key });
  const asked: { path: string; message: Buffer }[] = [];
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const message = Buffer.concat(chunks).subarray(5);
      asked.push({ path: String(headers[':path']), message });
      answer(stream, message, String(headers[':path']));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const outcomes: string[] = [];
  const client = new NotarySignerClient({
    address: `localhost:${port}`,
    tls: { ca: localhost.ca },
    algorithm: 'ecdsa',
    timeoutMs,
    now,
    measured: (call, outcome) => outcomes.push(`${call} ${outcome}`),
  });
  running.push({ server, client });
  return { client, asked, outcomes, server };
}

describe('a notary-signer that answers', () => {
  it('makes keys, and signs with them', async () => {
    const { client, asked, outcomes } = await against((stream, message, path) => {
      give(path.endsWith('/Sign') ? signature() : publicKey())(stream, message, path);
    });
    expect((await client.create(GUN, 'timestamp')).id).toBe(key.id);
    expect(await client.holds(key)).toBe(true);
    const made = await client.sign(key, 'timestamp', payload);
    expect(key.verify(payload, made.bytes, made.method)).toBe(true);
    const [create, , signed] = asked.map(({ message }) => readMessage(message));
    expect([1, 2, 3].map(at => textAt(create ?? new Map(), at))).toEqual(['ecdsa', GUN, 'timestamp']);
    expect(Buffer.from(bytesAt(signed ?? new Map(), 2)).equals(payload)).toBe(true);
    expect(outcomes).toEqual(['create ok', 'info ok', 'sign ok']);
  });

  it('says that it has no such key, or that it is not well', async () => {
    const absent = await against(refuse('5', 'key not found'));
    expect(await absent.client.holds(key)).toBe(false);
    expect(await absent.client.problem()).toBe('SIGNER_REFUSED');
    const { client } = await against(give(Buffer.from([0x08, 0x02])));
    expect(await client.problem()).toContain('not serving');
    const well = await against(give(Buffer.from([0x08, 0x01])));
    expect(await well.client.problem()).toBeUndefined();
  });

  it('is never asked to sign what is no metadata of the role', async () => {
    const { client, asked } = await against(give(signature()));
    await expect(client.sign(key, 'snapshot', payload)).rejects.toMatchObject({ code: 'KEYSTORE_REFUSED' });
    expect(asked).toEqual([]);
  });
});

describe('whether a notary-signer is well', () => {
  const serving = give(Buffer.from([0x08, 0x01]));

  it('is asked once, however many want to know, and again after five seconds', async () => {
    let time = 100_000;
    const { client, asked } = await against(serving, { now: () => time });
    const all = await Promise.all(Array.from({ length: 50 }, () => client.problem()));
    expect(all.every(problem => problem === undefined)).toBe(true);
    time += 4999;
    expect(await client.problem()).toBeUndefined();
    expect(asked).toHaveLength(1);
    time += 1;
    await client.problem();
    expect(asked).toHaveLength(2);
  });

  it('is not taken from before a call that failed', async () => {
    let answer = serving;
    const { client, asked } = await against((...call) => {
      answer(...call);
    });
    expect(await client.problem()).toBeUndefined();
    answer = refuse('14', 'gone');
    await expect(client.sign(key, 'timestamp', payload)).rejects.toMatchObject({
      code: 'SIGNER_UNAVAILABLE',
    });
    expect(await client.problem()).toBe('SIGNER_UNAVAILABLE');
    expect(asked).toHaveLength(3);
  });

  it('is asked each time while it is not, one question at a time', async () => {
    const { client, asked } = await against(refuse('14', 'down'));
    const both = await Promise.all([client.problem(), client.problem()]);
    expect(both).toEqual(['SIGNER_UNAVAILABLE', 'SIGNER_UNAVAILABLE']);
    expect(asked).toHaveLength(1);
    await client.problem();
    expect(asked).toHaveLength(2);
  });
});

describe('a notary-signer that answers with something else', () => {
  it.each<[string, Answer]>([
    ['a signature of another key', give(writeMessage({ 3: Buffer.alloc(64, 1) }))],
    ['no signature', give(new Uint8Array())],
    ['no message of gRPC', stream => void (stream.respond({ ':status': 200 }), stream.end('hello'))],
    ['another status of HTTP', stream => void stream.respond({ ':status': 404 }, { endStream: true })],
    ['more than is read', give(Buffer.alloc(100_000))],
    ['a message that ends too early', give(Buffer.from([0x1a, 0x40, 1]))],
    ['a field twice', give(Buffer.concat([signature(), signature()]))],
    ['an integer for bytes', give(Buffer.from([0x18, 0x01]))],
  ])('signs with %s', async (_what, answer) => {
    const { client } = await against(answer);
    const code = expect.stringMatching(/^SIGNER_(ANSWER|UNAVAILABLE)$/) as string;
    await expect(client.sign(key, 'timestamp', payload)).rejects.toMatchObject({ code });
  });

  it.each([
    ['of another type', publicKey(notaryKeyOf(generateKeyPairSync('ed25519').privateKey))],
    ['with the id of another', publicKey(key, other.id)],
    ['that cannot be read', writeMessage({ 1: writeMessage({ 2: writeMessage({ 1: 'ecdsa' }) }), 2: 'key' })],
  ])('makes a key %s', async (_what, message) => {
    const { client } = await against(give(message));
    await expect(client.create(GUN, 'snapshot')).rejects.toMatchObject({ code: 'SIGNER_ANSWER' });
  });

  it('has the reason of a refusal in one line', async () => {
    const { client } = await against(refuse('13', `no\tkey ${'x'.repeat(1000)}`));
    const error: unknown = await client.remove(key.id).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SIGNER_REFUSED', details: { status: '13' } });
    expect(String(error)).toMatch(/^[\x20-\x7e]{1,400}$/);
  });
});

describe('a notary-signer that does not answer', () => {
  it('is given up after the time', async () => {
    const { client, outcomes } = await against(() => undefined, { timeoutMs: 200 });
    await expect(client.sign(key, 'timestamp', payload)).rejects.toMatchObject({
      code: 'SIGNER_UNAVAILABLE',
    });
    expect(outcomes).toEqual(['sign SIGNER_UNAVAILABLE']);
  });

  it('is asked again on a new connection when a kept one ends, but never to make a key', async () => {
    let ends = 0;
    const { client, asked } = await against((stream, message, path) => {
      if (ends-- > 0) stream.session?.destroy();
      else give(path.endsWith('/Sign') ? signature() : publicKey())(stream, message, path);
    });
    await client.sign(key, 'timestamp', payload);
    ends = 1;
    await client.sign(key, 'timestamp', payload);
    expect(asked).toHaveLength(3);
    ends = 1;
    await expect(client.create(GUN, 'timestamp')).rejects.toMatchObject({ code: 'SIGNER_UNAVAILABLE' });
    await client.create(GUN, 'timestamp');
    expect(asked).toHaveLength(5);
  });

  it('is asked again on another connection, also when the kept one only says that it takes no more', async () => {
    const connections = new Set<unknown>();
    let refusals = 0;
    const { client, asked } = await against((stream, message, path) => {
      connections.add(stream.session);
      if (refusals-- > 0) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else give(signature())(stream, message, path);
    });
    await client.sign(key, 'timestamp', payload);
    refusals = 1;
    await client.sign(key, 'timestamp', payload);
    expect([asked.length, connections.size]).toEqual([3, 2]);
  });

  it('is another than the one that its authority vouches for', async () => {
    const { server } = await against(give(publicKey()));
    const { port } = server.address() as AddressInfo;
    const { ca } = certificate();
    const client = new NotarySignerClient({ address: `localhost:${port}`, tls: { ca }, algorithm: 'ecdsa' });
    await expect(client.create(GUN, 'timestamp')).rejects.toMatchObject({ code: 'SIGNER_UNAVAILABLE' });
  });
});

describe('messages', () => {
  it('are read as they were written', () => {
    const long = 'x'.repeat(300);
    const fields = readMessage(writeMessage({ 1: 'text', 2: Buffer.from(long), 15: '' }));
    expect([textAt(fields, 1), Buffer.from(bytesAt(fields, 2)).toString(), fields.has(15)]).toEqual([
      'text',
      long,
      false,
    ]);
    expect(integerAt(readMessage(Buffer.from([0x08, 0x96, 0x01])), 1)).toBe(150);
  });

  it.each([
    ['a varint without end', 'ffffffffffffffffffff01'],
    ['a group', '0b0c'],
    ['field 0', '0201'],
    ['a length beyond the end', '0a05'],
    ['a length that is huge', '0affffffffffffff0f'],
  ])('are refused with %s', (_what, hex) => {
    expect(() => readMessage(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code: 'SIGNER_ANSWER' }),
    );
  });

  it('are refused when text is no UTF-8', () => {
    expect(() => textAt(readMessage(Buffer.from([0x0a, 1, 0xff])), 1)).toThrow('no message');
  });
});
