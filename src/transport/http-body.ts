import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform, Writable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { WritError } from '../errors.js';
import { toFetchError, tooLarge } from './http-errors.js';

/** One line for each content coding (RFC 9110 §8.4.1) that is undone. */
const DECODERS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** What we say that we can read. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

/**
 * The body of an answer, content decoding undone. Reading stops at the first byte over the limit, on the wire and
 * behind the decoder, so that a small answer cannot unfold into a large one.
 *
 * @throws WritError FETCH_TOO_LARGE, FETCH_ENCODING, FETCH_UNREACHABLE when the body ends early
 */
export function readBody(response: IncomingMessage, maxBytes: number, shown: string): Promise<Uint8Array> {
  if (hasNoBody(response)) return collect([response], maxBytes, shown);
  const declared = Number(response.headers['content-length'] ?? 0);
  if (declared > maxBytes) return Promise.reject(discard(response, tooLarge(shown, maxBytes)));
  const coding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return collect([response], maxBytes, shown);
  const decoder = DECODERS.get(coding)?.();
  if (decoder === undefined) return Promise.reject(discard(response, unknownCoding(shown)));
  return collect([response, limiter(maxBytes, shown), decoder], maxBytes, shown);
}

/** RFC 9110 §6.4.1: headers of such an answer describe a body that is not there. */
function hasNoBody(response: IncomingMessage & { req?: { method?: string } }): boolean {
  return response.req?.method === 'HEAD' || response.statusCode === 204 || response.statusCode === 304;
}

function discard(response: IncomingMessage, error: WritError): WritError {
  response.destroy();
  return error;
}

function unknownCoding(shown: string): WritError {
  return new WritError(
    'FETCH_ENCODING',
    `the answer of ${shown} has a content encoding that writ does not read`,
  );
}

function limiter(maxBytes: number, shown: string): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      total += chunk.length;
      done(total > maxBytes ? tooLarge(shown, maxBytes) : null, chunk);
    },
  });
}

function collect(
  source: readonly [Readable, ...Transform[]],
  maxBytes: number,
  shown: string,
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      chunks.push(chunk);
      done();
    },
  });
  return new Promise((resolve, reject) => {
    pipeline([...source, limiter(maxBytes, shown), sink], error => {
      if (error) reject(bodyError(error, shown));
      else resolve(Buffer.concat(chunks));
    });
  });
}

function bodyError(error: NodeJS.ErrnoException, shown: string): WritError {
  const code = error.code ?? '';
  if (code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR__ERROR')) {
    return new WritError('FETCH_ENCODING', `the answer of ${shown} is not what its content encoding says`, {
      cause: error,
    });
  }
  return toFetchError(error, shown);
}
