import { afterEach, describe, expect, it } from 'vitest';

import { issueCertificate } from '../../src/keystore/certificate.js';
import { httpRequest } from '../../src/transport/http.js';
import { serve, type Handler, type TestServer } from './server.js';

const open: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

async function start(handler: Handler, tls: { cert: string; key: string; ca?: string }): Promise<TestServer> {
  const server = await serve(handler, tls);
  open.push(server);
  return server;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const certificate = () =>
  issueCertificate({ names: ['127.0.0.1', 'localhost'], notBefore: new Date(Date.now() - 1000), days: 1 });

describe('TLS', () => {
  const hello: Handler = (_seen, response) => response.end('hello');

  it('trusts the given authority', async () => {
    const { ca, cert, key } = certificate();
    const server = await start(hello, { cert, key });
    expect(text((await httpRequest({ url: server.url, maxBytes: 10, tls: { ca } })).body)).toBe('hello');
    expect((await httpRequest({ url: server.url, maxBytes: 10, tls: { ca: Buffer.from(ca) } })).status).toBe(
      200,
    );
  });

  it.each([
    ['an unknown authority', () => certificate(), (own: { ca: string }) => ({ own, ca: undefined })],
    ['another authority', () => certificate(), (own: { ca: string }) => ({ own, ca: certificate().ca })],
    [
      'another name',
      () => issueCertificate({ names: ['writ.example'], notBefore: new Date(Date.now() - 1000), days: 1 }),
      (own: { ca: string }) => ({ own, ca: own.ca }),
    ],
    [
      'an expired certificate',
      () => issueCertificate({ names: ['127.0.0.1'], notBefore: new Date('2020-01-01'), days: 1 }),
      (own: { ca: string }) => ({ own, ca: own.ca }),
    ],
  ])('refuses %s, with one code', async (_name, issue, trust) => {
    const own = issue();
    const { ca } = trust(own);
    const server = await start(hello, own);
    await expect(
      httpRequest({
        url: `${server.url}/x?secret=1`,
        maxBytes: 10,
        ...(ca === undefined ? {} : { tls: { ca } }),
      }),
    ).rejects.toMatchObject({
      code: 'FETCH_TLS',
      message: expect.stringMatching(
        new RegExp(`^no trusted TLS connection for ${server.url}/x \\([A-Z_]+\\)$`),
      ) as string,
    });
    expect(server.seen).toHaveLength(0);
  });

  it('shows a client certificate to the origin that was asked, not to another', async () => {
    const own = certificate();
    const tls = { ca: own.ca, cert: own.cert, key: own.key };
    const shown: boolean[] = [];
    const note: Handler = (_seen, response, request) => {
      const socket = request.socket as typeof request.socket & { getPeerCertificate(): object };
      shown.push(Object.keys(socket.getPeerCertificate()).length > 0);
      response.end();
    };
    const other = await start(note, own);
    const server = await start((seen, response, request) => {
      if (seen.path === '/') note(seen, response, request);
      else response.writeHead(302, { location: other.url }).end();
    }, own);
    await httpRequest({ url: server.url, maxBytes: 1, tls });
    await httpRequest({ url: `${server.url}/away`, maxBytes: 1, tls });
    expect(shown).toEqual([true, false]);
  });

  it('attack: a redirect from https to http', async () => {
    const { ca, cert, key } = certificate();
    const server = await start(
      (_seen, response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      },
      { cert, key },
    );
    await expect(httpRequest({ url: server.url, maxBytes: 1, tls: { ca } })).rejects.toMatchObject({
      code: 'FETCH_REDIRECT',
      message: `${server.url}/ redirects from https to http`,
    });
  });
});
