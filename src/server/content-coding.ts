/**
 * Content codings of what is served. RFC 9110 §8.4 and §12.5.3. A file is compressed when it is first asked for, in
 * another thread and once for all who ask: publishing never waits for it.
 */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { BoundedCache } from '../storage/bounded-cache.js';

export type Coding = 'br' | 'gzip';

/** What one client gets of a file. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Undefined for the bytes as they are. */
  readonly coding: Coding | undefined;
}

/** A file with bytes that never change under their digest. */
interface EncodableFile {
  readonly bytes: Uint8Array;
  /** SHA-256 in hex. */
  readonly digest: string;
}

/** Shorter files gain less than the headers cost. */
const MIN_BYTES = 1024;
/** A file that shrinks by less is sent as it is. */
const MAX_RATIO = 0.95;
const MAX_CACHED_BYTES = 64 * 1024 * 1024;

const brotli = promisify<Uint8Array, object, Buffer>(brotliCompress);
const zip = promisify<Uint8Array, object, Buffer>(gzip);

/** In the order of preference. At these levels a snapshot of 16,384 bins takes 10 ms; the next ones twice that for 1 %. */
const CODERS: Readonly<Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  br: bytes =>
    brotli(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: bytes => zip(bytes, { level: 6 }),
};

/** The compressed forms of the files that were asked for last. */
export class ContentCodings {
  readonly #kept: BoundedCache<string, Uint8Array | null>;
  readonly #running = new Map<string, Promise<Uint8Array | null>>();

  /** @param maxBytes - of compressed forms that are kept */
  constructor(maxBytes = MAX_CACHED_BYTES) {
    this.#kept = new BoundedCache(maxBytes, sizeOf);
  }

  /** @param accept - the Accept-Encoding of the request */
  async encode(file: EncodableFile, accept: string | undefined): Promise<Encoded> {
    const coding = file.bytes.length < MIN_BYTES ? undefined : preferredCoding(accept);
    const bytes = coding && (await this.#compressed(file, coding));
    return bytes ? { bytes, coding } : { bytes: file.bytes, coding: undefined };
  }

  /** Null for a file that gains nothing. */
  async #compressed(file: EncodableFile, coding: Coding): Promise<Uint8Array | null> {
    const key = `${file.digest} ${coding}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const running = this.#running.get(key) ?? this.#compress(key, file.bytes, coding);
    this.#running.set(key, running);
    return running.finally(() => this.#running.delete(key));
  }

  async #compress(key: string, bytes: Uint8Array, coding: Coding): Promise<Uint8Array | null> {
    const small = await CODERS[coding](bytes);
    const result = small.length <= bytes.length * MAX_RATIO ? small : null;
    this.#kept.set(key, result);
    return result;
  }
}

/** What an entry costs beside its bytes counts too: there may be many that are small. */
const sizeOf = (bytes: Uint8Array | null): number => 256 + (bytes?.length ?? 0);

/** The coding to use for a client that sent this Accept-Encoding; undefined for none. */
export function preferredCoding(accept: string | undefined): Coding | undefined {
  if (accept === undefined) return undefined;
  const weights = new Map(accept.toLowerCase().split(',').map(readItem));
  const weightOf = (coding: string): number => weights.get(coding) ?? weights.get('*') ?? 0;
  const [br, gzipped] = [weightOf('br'), Math.max(weightOf('gzip'), weights.get('x-gzip') ?? 0)];
  if (br > 0 && br >= gzipped) return 'br';
  return gzipped > 0 ? 'gzip' : undefined;
}

/** `gzip;q=0.5`; a weight that cannot be read counts as none given. */
function readItem(item: string): [coding: string, weight: number] {
  const [coding = '', ...parameters] = item.split(';').map(part => part.trim());
  const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
  return [coding, weight !== undefined && /^[01](?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 1];
}
