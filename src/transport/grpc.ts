/**
 * Calls of gRPC with one message each way, over HTTP/2 and TLS. https://github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md
 */
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import { WritError } from '../errors.js';
import type { TlsOptions } from './http-types.js';

export interface GrpcOptions {
  /** `https://HOST:PORT`. */
  readonly url: string;
  readonly tls: TlsOptions;
  /** The most milliseconds for one call. */
  readonly timeoutMs: number;
}

export interface GrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly message: Uint8Array;
  /** Whether it may be made a second time when the connection ended under it. */
  readonly again: boolean;
}

/** Bytes of an answer; those of notary-signer have some hundred. */
const MAX_ANSWER = 64 * 1024;
const MAX_HEADERS = 16 * 1024;
/** Calls that are under way at once. */
const MAX_CALLS = 256;
/** Of a message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;
/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html: the server could not take the call, or not in time. */
const PASSING: ReadonlySet<string> = new Set(['4', '8', '14']);

/** One connection, made when it is needed and again when it ended. */
export class GrpcClient {
  readonly #options: GrpcOptions;
  #session: ClientHttp2Session | undefined;
  #calls = 0;

  constructor(options: GrpcOptions) {
    this.#options = options;
  }

  /**
   * The message that answers a call.
   *
   * @throws WritError SIGNER_UNAVAILABLE when none comes in time; SIGNER_REFUSED with `details.status`, the code of
   *   gRPC; SIGNER_ANSWER for what is no answer of gRPC or has more than 64 KiB
   */
  async call(call: GrpcCall): Promise<Uint8Array> {
    if (this.#calls >= MAX_CALLS) throw this.#unavailable('too many calls wait for it');
    this.#calls++;
    try {
      const kept = this.#session;
      const answer = await this.#once(call);
      if (!(answer instanceof Ended)) return answer;
      // A kept connection may have ended long ago: only a new one tells.
      const second = call.again && kept !== undefined ? await this.#once(call) : answer;
      if (second instanceof Ended) throw this.#unavailable(second.reason);
      return second;
    } finally {
      this.#calls--;
    }
  }

  /** Ends the connection; a call after that makes another. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connect(): ClientHttp2Session {
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed)
      return this.#session;
    const { url, tls } = this.#options;
    const session = connect(url, {
      ...tls,
      minVersion: 'TLSv1.2',
      maxHeaderListPairs: 64,
      settings: { enablePush: false, maxHeaderListSize: MAX_HEADERS },
    });
    const forget = (): void => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on('error', forget).on('goaway', forget).on('close', forget);
    session.unref();
    this.#session = session;
    return session;
  }

  /** That a connection ends is often heard after that a call on it did: the next call is made on another. */
  #leave(session: ClientHttp2Session): void {
    if (this.#session === session) this.#session = undefined;
    session.close();
  }

  #once({ path, message }: GrpcCall): Promise<Uint8Array | Ended> {
    const { timeoutMs } = this.#options;
    const session = this.#connect();
    return new Promise((resolve, reject) => {
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${timeoutMs}m`,
      });
      const timer = setTimeout(() => {
        // What does not answer may be gone without a word: the next call asks anew.
        session.destroy();
        reject(this.#unavailable(`it gave no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      const heard = listen(stream);
      const settle = (answer: Uint8Array | Ended): void => {
        if (answer instanceof Ended) this.#leave(session);
        resolve(answer);
      };
      stream.once('error', (error: Error) => {
        settle(new Ended(error.message));
      });
      stream.once('close', () => {
        clearTimeout(timer);
        try {
          settle(this.#read(heard));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      stream.end(framed(message));
    });
  }

  #read({ headers, chunks, tooLong }: Heard): Uint8Array | Ended {
    if (headers === undefined) return new Ended('the connection ended');
    const status = headers['grpc-status'];
    if (Number(headers[':status']) !== 200 || tooLong) throw this.#strange('with something else than gRPC');
    if (status === undefined) return new Ended('the connection ended within an answer');
    if (status !== '0') throw this.#refused(String(status), String(headers['grpc-message'] ?? ''));
    const body = Buffer.concat(chunks);
    const isWhole = body.length >= PREFIX_BYTES && body.readUInt32BE(1) === body.length - PREFIX_BYTES;
    if (!isWhole || body[0] !== 0) throw this.#strange('with no single message');
    return body.subarray(PREFIX_BYTES);
  }

  #refused(status: string, message: string): WritError {
    const reason = printable(message);
    if (PASSING.has(status)) return this.#unavailable(reason);
    return new WritError('SIGNER_REFUSED', `the signer ${this.#options.url} refused: ${reason}`, {
      details: { status },
    });
  }

  #strange(how: string): WritError {
    return new WritError('SIGNER_ANSWER', `the signer ${this.#options.url} answered ${how}`);
  }

  #unavailable(reason: string): WritError {
    return new WritError('SIGNER_UNAVAILABLE', `the signer ${this.#options.url} gives no answer: ${reason}`);
  }
}

/** The connection ended before an answer was there. */
class Ended {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What came of an answer so far. */
interface Heard {
  /** Those before the message and those after it. */
  headers: IncomingHttpHeaders | undefined;
  readonly chunks: Buffer[];
  tooLong: boolean;
}

function listen(stream: ClientHttp2Stream): Heard {
  const heard: Heard = { headers: undefined, chunks: [], tooLong: false };
  const take = (headers: IncomingHttpHeaders): void => {
    heard.headers = { ...heard.headers, ...headers };
  };
  let size = 0;
  stream.on('response', take).on('trailers', take);
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    heard.tooLong ||= size > MAX_ANSWER + PREFIX_BYTES;
    if (heard.tooLong) stream.close(constants.NGHTTP2_CANCEL);
    else heard.chunks.push(chunk);
  });
  return heard;
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** A reason of another program, for one line of a log. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200) || 'no reason';
