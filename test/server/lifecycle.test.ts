import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { issueCertificate } from '../../src/keystore/certificate.js';
import { createPrivateFile } from '../../src/keystore/secret-file.js';
import { repeat } from '../../src/server/background.js';
import { createLog } from '../../src/server/log.js';
import { readinessOf } from '../../src/server/readiness.js';
import { createApp } from '../../src/server/app.js';
import { listen } from '../../src/server/listen.js';
import { plainServer, tlsServer } from '../../src/server/servers.js';
import { ensureDevelopmentCertificate, loadCredentials } from '../../src/server/tls.js';
import { httpRequest } from '../../src/transport/http.js';
import { start, temporaryFolder } from './service.js';

const issue = (use: 'server' | 'client' = 'server') =>
  issueCertificate({ names: ['localhost', '127.0.0.1'], notBefore: new Date(), days: 2, use });

describe('an orderly end', () => {
  it('finishes the request that is under way', async () => {
    const app = createApp({ bodyLimit: 10, serverFactory: plainServer });
    let arrived!: () => void;
    const there = new Promise<void>(resolve => (arrived = resolve));
    let finish!: () => void;
    const may = new Promise<void>(resolve => (finish = resolve));
    app.get('/slow', async () => {
      arrived();
      await may;
      return { done: true };
    });
    const { url } = await listen(app, { host: '127.0.0.1', port: 0 }, 'http');
    const answer = httpRequest({ url: `${url}/slow`, maxBytes: 100 });
    await there;
    const closed = app.close();
    finish();
    expect(Buffer.from((await answer).body).toString()).toBe('{"done":true}');
    await closed;
  });

  it('does not wait for connections that say nothing', async () => {
    const service = await start();
    const { hostname, port } = new URL(service.addresses.repository);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    // Connections are taken up in their order: after this one's answer the service has that one.
    expect((await service.get('/healthz')).status).toBe(200);
    // The time stands still: what waits for the end of the time that requests under way may take waits for ever.
    const time = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    onTestFinished(() => {
      time.mockRestore();
    });
    const gone = once(socket, 'close');
    await service.close();
    await gone;
  });

  it('of a background task waits for the run under way and begins no other', async () => {
    let runs = 0;
    let finish!: () => void;
    const task = repeat(() => {
      runs++;
      return new Promise<void>(resolve => (finish = resolve));
    }, 1);
    await expect.poll(() => runs).toBe(1);
    const stopped = task.stop();
    finish();
    await stopped;
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(runs).toBe(1);
  });
});

describe('TLS', () => {
  it('of the repository listener is the configured certificate', async () => {
    const folder = temporaryFolder();
    const { ca, cert, key } = issue();
    const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    writeFileSync(tls.cert, cert);
    await createPrivateFile(tls.key, key);
    const { addresses } = await start({ tls });
    expect(addresses.repository).toMatch(/^https:/);
    const answer = await httpRequest({ url: `${addresses.repository}/healthz`, maxBytes: 10, tls: { ca } });
    expect(answer.status).toBe(200);
  });

  it('is refused with a key of another certificate, that others can read, or that is none', async () => {
    const folder = temporaryFolder();
    const [one, other] = [issue(), issue()];
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    await expect(loadCredentials(files)).rejects.toMatchObject({
      code: 'SERVER_TLS',
      message: `there is no file ${files.key}`,
    });
    await createPrivateFile(files.key, other.key);
    await expect(loadCredentials(files)).rejects.toMatchObject({
      message: `${files.cert} cannot be read: there is no such file or folder`,
    });
    writeFileSync(files.cert, one.cert);
    await expect(loadCredentials(files)).rejects.toMatchObject({
      code: 'SERVER_TLS',
      message: `${files.key} is not the key of ${files.cert}`,
    });
    writeFileSync(files.cert, 'nonsense');
    await expect(loadCredentials(files)).rejects.toMatchObject({
      code: 'SERVER_TLS',
      message: `${files.cert} and ${files.key} are not a certificate and its key`,
    });
    writeFileSync(files.cert, other.cert);
    expect(await loadCredentials(files)).toEqual({ cert: other.cert, key: other.key });
    execFileSync('chmod', ['640', files.key]);
    await expect(loadCredentials(files)).rejects.toMatchObject({ code: 'KEYSTORE_PERMISSIONS' });
  });

  it('of development is one certificate, also when two services make it at once', async () => {
    const data = temporaryFolder();
    const clock = { now: () => new Date() };
    const all = await Promise.all(Array.from({ length: 4 }, () => ensureDevelopmentCertificate(data, clock)));
    expect(new Set(all.map(({ cert }) => cert)).size).toBe(1);
    const later = { now: () => new Date(Date.now() + 826 * 86_400_000) };
    await expect(ensureDevelopmentCertificate(data, later)).rejects.toMatchObject({
      code: 'SERVER_TLS',
      message: expect.stringMatching(/^the development certificate in .*\/tls expired on /),
      hint: expect.stringMatching(/^remove .*\/tls: a new one is made at the next start$/),
    });
  });

  it('asks for a client certificate where one is configured: an unauthenticated caller gets nothing', async () => {
    const folder = temporaryFolder();
    const [client, stranger] = [issue('client'), issue('client')];
    const clientCa = join(folder, 'clients.pem');
    writeFileSync(clientCa, client.ca);
    const change = async (clientNames: readonly string[]) => {
      const { addresses, data } = await start({ admission: { tls: undefined, clientCa, clientNames } });
      const ca = readFileSync(join(data, 'tls', 'ca.pem'));
      return (tls: object) =>
        httpRequest({ url: `${addresses.admission}/healthz`, maxBytes: 10, tls: { ca, ...tls } });
    };
    const ours = { cert: client.cert, key: client.key };
    const any = await change([]);
    expect((await any(ours)).status).toBe(200);
    await expect(any({})).rejects.toThrow();
    await expect(any({ cert: stranger.cert, key: stranger.key })).rejects.toThrow();
    expect((await (await change(['localhost']))(ours)).status).toBe(200);
    await expect((await change(['kube-apiserver']))(ours)).rejects.toThrow();
  });

  it('of admission is 1.3 and nothing older', async () => {
    const { cert, key, ca } = issue();
    const app = createApp({ bodyLimit: 1, serverFactory: tlsServer({ cert, key, minVersion: 'TLSv1.3' }) });
    const { port } = await listen(app, { host: '127.0.0.1', port: 0 }, 'https');
    const socket = tlsConnect({ host: '127.0.0.1', port, ca, maxVersion: 'TLSv1.2' });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('protocol version');
    await app.close();
  });
});

describe('the log', () => {
  const clock = { now: () => new Date('2026-05-01T12:00:00Z') };

  it('gathers lines and writes them together', async () => {
    const written: string[] = [];
    const log = createLog('info', clock, text => written.push(text));
    log.event('info', 'one', { n: 1 });
    log.decision(() => '{"two":2}');
    log.event('debug', 'unheard');
    expect(written).toEqual([]);
    await expect
      .poll(() => written)
      .toEqual([
        '{"time":"2026-05-01T12:00:00.000Z","log":"service","level":"info","message":"one","n":1}\n{"two":2}\n',
      ]);
    log.flush();
    expect(written).toHaveLength(1);
  });

  it('does not gather without end', () => {
    const written: string[] = [];
    const log = createLog('info', clock, text => written.push(text));
    for (let i = 0; i < 255; i++) log.decision(() => String(i));
    expect(written).toEqual([]);
    log.decision(() => 'last');
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^0\n1\n2\n[^]*\n254\nlast\n$/);
  });

  it('holds no decisions above info', () => {
    const written: string[] = [];
    const log = createLog('warn', clock, text => written.push(text));
    log.decision(() => 'x');
    log.event('error', 'y');
    log.flush();
    expect(written.join('')).toContain('"y"');
    expect(written.join('')).not.toContain('x');
  });
});

describe('readiness', () => {
  it('is that of every check', () => {
    const [good, bad] = [
      { name: 'a', problem: () => undefined },
      { name: 'b', problem: () => 'b is broken' },
    ];
    expect(readinessOf([good])).toEqual({ ready: true, checks: { a: 'ok' } });
    expect(readinessOf([good, bad])).toEqual({ ready: false, checks: { a: 'ok', b: 'b is broken' } });
  });
});
