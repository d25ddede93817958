/** Failures on the wire: `{"error": {code, message, hint, details?}}` with the status of the code, never a stack. */
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WritError, type ErrorCode } from '../errors.js';
import { endGently } from './linger.js';

/** What fastify refuses by itself, in our words. */
const FRAMEWORK: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    ['SERVER_BODY_TOO_LARGE', 'the body of the request is larger than the limit'],
  ],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    ['SERVER_MEDIA_TYPE', 'the body of the request is not application/json'],
  ],
  [
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    ['SERVER_REQUEST', 'the body is not as long as Content-Length says'],
  ],
  ['FST_ERR_BAD_URL', ['SERVER_PATH', 'the path of the request is not well-formed']],
  ['FST_ERR_MAX_PARAM_LENGTH', ['SERVER_PATH', 'a name in the path of the request is too long']],
]);

/** Answers with `error`; what was not expected becomes INTERNAL, and its reason goes to the log only. */
export function sendFailure(reply: FastifyReply, error: unknown): FastifyReply {
  const failure = toFailure(error);
  if (failure.status === 401) void reply.header('www-authenticate', 'Bearer realm="writ"');
  if (failure.status === 413) endGently(reply);
  return reply
    .code(failure.status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify({ error: failure }));
}

/** What a failure is to callers: one of ours, or what the framework refuses in our words; the rest is INTERNAL. */
export function toFailure(error: unknown): WritError {
  if (error instanceof WritError && error.code !== 'INTERNAL') return error;
  const known = FRAMEWORK.get(codeOf(error));
  if (known !== undefined) return new WritError(...known, { cause: error });
  return new WritError('INTERNAL', 'the service failed on this request', { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function routeMissing(request: FastifyRequest): WritError {
  const path = JSON.stringify((request.raw.url ?? '').slice(0, 200));
  return new WritError('SERVER_ROUTE', `there is no ${request.method} ${path}`);
}

/** The status for what is not HTTP, or too slow or too much of it; node names them so. */
const CLIENT_STATUS: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/** Answers bytes that are no request, where anybody still listens, and ends the connection. */
export function refuseClient(error: Error, socket: Socket): void {
  if (socket.writable && codeOf(error) !== 'ECONNRESET') {
    const failure = new WritError(
      'SERVER_REQUEST',
      'the request is not HTTP, or it is too slow or its head too long',
    );
    const body = JSON.stringify({ error: failure });
    const status = CLIENT_STATUS.get(codeOf(error)) ?? '400 Bad Request';
    socket.write(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
