/** From pass-phrase to key: scrypt (RFC 7914), its cost stored with what it protects and bounded before it is paid. */
import { scrypt } from 'node:crypto';
import { WritError } from '../errors.js';
import { asObject, integerAt, stringAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { bytesFromHex, hexFromBytes } from '../crypto/hex.js';

export interface Kdf {
  /** CPU and memory cost, a power of two. */
  readonly n: number;
  /** Block size. */
  readonly r: number;
  /** Parallelism. */
  readonly p: number;
  readonly salt: Uint8Array;
}

/** 128 MiB and about half a second: what RFC 7914 and OWASP advise for secrets at rest. */
export const DEFAULT_COST = { n: 2 ** 17, r: 8, p: 1 } as const;
/** Below, a pass-phrase is cheap to guess; above, a file from outside would take the machine's memory. */
const N = { min: 2 ** 14, max: 2 ** 20 } as const;
const R = { min: 8, max: 16 } as const;
const P = { min: 1, max: 4 } as const;
/** 128 · N · r · p: memory, times passes over it. */
const MAX_WORK = 2 ** 30;
export const SALT_BYTES = 32;
const KEY_BYTES = 32;
const MAX_PASSPHRASE_BYTES = 1024;

/**
 * The 256-bit key that `passphrase` gives.
 *
 * @param passphrase - text, taken in Unicode form NFC; 1 to 1,024 bytes of UTF-8
 * @throws WritError KEYSTORE_PASSPHRASE for a pass-phrase of another length, KEYSTORE_FORMAT for a cost out of bounds
 */
export function deriveKey(passphrase: string, kdf: Kdf): Promise<Buffer> {
  checkCost(kdf);
  const secret = Buffer.from(passphrase.normalize('NFC'));
  if (secret.length < 1 || secret.length > MAX_PASSPHRASE_BYTES) {
    throw new WritError('KEYSTORE_PASSPHRASE', `a pass-phrase must have 1 to ${MAX_PASSPHRASE_BYTES} bytes`);
  }
  const { n, r, p, salt } = kdf;
  return new Promise((resolve, reject) => {
    // OpenSSL's own bound; a little more than 128·N·r + 128·r·p that it needs.
    const options = { N: n, r, p, maxmem: 128 * r * (n + p + 2) };
    scrypt(secret, salt, KEY_BYTES, options, (error, key) => {
      secret.fill(0);
      if (error) reject(new WritError('KEYSTORE_FORMAT', 'scrypt cannot be computed', { cause: error }));
      else resolve(key);
    });
  });
}

function checkCost({ n, r, p, salt }: Kdf): void {
  inBounds('N', n, N);
  inBounds('r', r, R);
  inBounds('p', p, P);
  if (!Number.isInteger(Math.log2(n))) throw outOfBounds(`N = ${n} is no power of two`);
  if (128 * n * r * p > MAX_WORK) throw outOfBounds(`N = ${n}, r = ${r} and p = ${p} together are too much`);
  if (salt.length !== SALT_BYTES) throw outOfBounds(`the salt has ${salt.length} bytes, not ${SALT_BYTES}`);
}

function inBounds(name: string, value: number, { min, max }: { min: number; max: number }): void {
  if (value < min || value > max) throw outOfBounds(`${name} = ${value} is not from ${min} to ${max}`);
}

const outOfBounds = (what: string): WritError => new WritError('KEYSTORE_FORMAT', `scrypt: ${what}`);

/** The member `kdf` of a key file. */
export function kdfToJson({ n, r, p, salt }: Kdf): JsonObject {
  return { name: 'scrypt', n, r, p, salt: hexFromBytes(salt) };
}

/** @throws WritError JSON_TYPE, KEYSTORE_FORMAT */
export function kdfFromJson(value: JsonValue | undefined): Kdf {
  const json = asObject(value, 'kdf');
  if (stringAt(json, 'name', 'kdf') !== 'scrypt')
    throw new WritError('KEYSTORE_FORMAT', 'kdf.name is not scrypt');
  const salt = bytesFromHex(stringAt(json, 'salt', 'kdf'));
  if (salt === undefined) throw new WritError('KEYSTORE_FORMAT', 'kdf.salt is not hex');
  const kdf: Kdf = {
    n: integerAt(json, 'n', 'kdf'),
    r: integerAt(json, 'r', 'kdf'),
    p: integerAt(json, 'p', 'kdf'),
    salt,
  };
  checkCost(kdf);
  return kdf;
}
