import * as http from 'node:http';
import * as https from 'node:https';

import { timedOut, toFetchError } from './http-errors.js';
import { ACCEPT_ENCODING, readBody } from './http-body.js';
import type { HttpRequest, HttpResponse, TlsOptions } from './http-types.js';
import type { RequestTarget } from './http-url.js';

/** Connections are kept: a TLS handshake costs more than forty requests. */
const plain = new http.Agent({ keepAlive: true, maxSockets: 32 });
const systemTrust = new https.Agent({ keepAlive: true, maxSockets: 32, minVersion: 'TLSv1.2' });
const agents = new WeakMap<TlsOptions, https.Agent>();

function agentFor(secure: boolean, tls: TlsOptions | undefined): http.Agent {
  if (!secure) return plain;
  if (tls === undefined) return systemTrust;
  const kept = agents.get(tls);
  if (kept) return kept;
  const { ca, cert, key, skipVerification = false } = tls;
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: 32,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    rejectUnauthorized: !skipVerification,
  });
  agents.set(tls, agent);
  return agent;
}

const pem = (value: string | Uint8Array): string | Buffer =>
  typeof value === 'string' ? value : Buffer.from(value);

/**
 * One request and its answer, no redirects. A GET or HEAD that a kept connection lost before any answer is sent
 * once more, since the server may have closed it in that moment.
 *
 * @param deadline - milliseconds of `performance.now()`
 */
export async function exchange(
  request: HttpRequest,
  target: RequestTarget,
  deadline: number,
): Promise<HttpResponse> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await send(request, target, deadline).catch((error: unknown) => {
      throw toFetchError(error, target.shown); // such as a header that node refuses to send
    });
    if ('answer' in outcome) return outcome.answer;
    if (attempt > 0 || !outcome.stale || (request.method ?? 'GET').startsWith('P')) throw outcome.failure;
  }
}

type Outcome = { answer: HttpResponse } | { failure: Error; stale: boolean };

function send(request: HttpRequest, target: RequestTarget, deadline: number): Promise<Outcome> {
  const idle = request.idleTimeoutMs ?? 15_000;
  return new Promise(resolve => {
    let answered = false;
    const outgoing = (target.secure ? https : http).request(requestOptions(request, target), response => {
      answered = true;
      readBody(response, request.maxBytes, target.shown)
        .then(body => settle({ answer: toResponse(response, target, body) }))
        .catch((error: unknown) => {
          fail(error);
        });
    });
    const total = setTimeout(
      () => {
        fail(timedOut(target.shown, 'the time it may take in all'));
      },
      Math.max(0, deadline - performance.now()),
    );
    const settle = (outcome: Outcome): void => {
      clearTimeout(total);
      resolve(outcome);
    };
    const fail = (error: unknown): void => {
      settle({ failure: toFetchError(error, target.shown), stale: outgoing.reusedSocket && !answered });
      outgoing.destroy();
    };
    outgoing.setTimeout(idle, () => {
      fail(timedOut(target.shown, `${idle} ms without a byte`));
    });
    outgoing.on('error', fail);
    outgoing.end(request.body);
  });
}

function requestOptions(request: HttpRequest, target: RequestTarget): https.RequestOptions {
  return {
    method: request.method ?? 'GET',
    hostname: target.hostname,
    port: target.port,
    path: target.path,
    agent: agentFor(target.secure, request.tls),
    headers: {
      'accept-encoding': ACCEPT_ENCODING,
      'user-agent': 'writ',
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-length': request.body.length }),
    },
  };
}

function toResponse(response: http.IncomingMessage, target: RequestTarget, body: Uint8Array): HttpResponse {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(response.headers)) {
    headers.set(name, Array.isArray(value) ? value.join(', ') : (value ?? ''));
  }
  return { status: response.statusCode ?? 0, url: target.origin + target.path, headers, body };
}
