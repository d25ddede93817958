/** PEM files of certificates and public keys that tokens are checked with, and the names that tokens give to keys. */
import { createHash, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readNamedFile } from '../config/named-file.js';
import { reasonOf, WritError } from '../errors.js';

const MAX_FILE = 1024 * 1024;
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;

export interface KeyBundle {
  readonly certificates: readonly X509Certificate[];
  /** Bare ones, and those of the certificates. */
  readonly keys: readonly KeyObject[];
}

/**
 * What is in a PEM file: at least one certificate or public key, and nothing else.
 *
 * @throws WritError ACCESS_KEYS
 */
export async function readKeyBundle(path: string): Promise<KeyBundle> {
  const { bytes } = await readNamedFile(path, MAX_FILE).catch((cause: unknown) => {
    throw unusable(path, reasonOf(cause), cause);
  });
  return parseKeyBundle(Buffer.from(bytes).toString('utf8'), path);
}

/** @param source - names the text in messages. @throws WritError ACCESS_KEYS */
export function parseKeyBundle(text: string, source: string): KeyBundle {
  const certificates: X509Certificate[] = [];
  const keys: KeyObject[] = [];
  for (const [block, label = ''] of text.matchAll(PEM)) {
    try {
      if (label === 'CERTIFICATE') certificates.push(new X509Certificate(block));
      else if (/^(RSA )?PUBLIC KEY$/.test(label)) keys.push(createPublicKey(block));
      else throw new Error(`it holds a ${label}`);
    } catch (cause) {
      throw unusable(source, reasonOf(cause), cause);
    }
  }
  if (certificates.length + keys.length === 0)
    throw unusable(source, 'it holds neither a certificate nor a public key in PEM');
  return { certificates, keys: [...keys, ...certificates.map(({ publicKey }) => publicKey)] };
}

const unusable = (source: string, why: string, cause?: unknown): WritError =>
  new WritError('ACCESS_KEYS', `${source} cannot be used: ${why}`, { cause });

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The id that Docker's token servers and registries give to a key: 240 bits of the SHA-256 of its SubjectPublicKeyInfo,
 * twelve groups of base32. docker/libtrust, util.go, keyIDFromCryptoKey.
 */
export function libtrustKeyId(key: KeyObject): string {
  const digest = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
  const bits = [...digest.subarray(0, 30)].map(byte => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{5}/g) ?? []).map(five => BASE32[Number.parseInt(five, 2)]).join('');
  return (letters.match(/.{4}/g) ?? []).join(':');
}
