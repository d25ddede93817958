/** Public keys as metadata writes them: `{keytype, scheme, keyval: {public}}`. TUF specification §4.2. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { WritError } from '../errors.js';
import { canonicalBytes } from '../json/canonical.js';
import { objectAt, stringAt, type Path } from '../json/read.js';
import type { JsonObject } from '../json/types.js';
import { sha256Hex } from './digest.js';
import { parseKeyId, type KeyId } from './key-id.js';
import type { Scheme } from './schemes/scheme.js';
import { SCHEMES } from './schemes/table.js';

export interface PublicKey {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: JsonObject;
  /** SHA-256 of the canonical JSON of the whole key object, in hex: the id that writ gives it. */
  readonly id: KeyId;
  /** The key itself in one normal form: equal iff two keys are the same key, whatever their ids and wrapping. */
  readonly material: string;
  /**
   * True iff `signature` is this key's over `message`; a malformed signature is false, never an error.
   *
   * @param method - what the signature says of itself, in formats where it does
   */
  verify(message: Uint8Array, signature: Uint8Array, method?: string): boolean;
  /** The key as it was read, unrecognised members included. */
  toJson(): JsonObject;
}

/**
 * Reads one key.
 *
 * @param json - the key object of the metadata
 * @param path - names the key in messages
 * @throws WritError KEY_TYPE for a pair of type and scheme that is not supported; KEY_FORMAT for a key that
 *   cannot be read; KEY_WEAK for one that cannot be trusted; JSON_TYPE for members of another type
 */
export function parsePublicKey(json: JsonObject, path: Path): PublicKey {
  const keytype = stringAt(json, 'keytype', path);
  const scheme = stringAt(json, 'scheme', path);
  const keyval = objectAt(json, 'keyval', path);
  const imported = schemeOf(keytype, scheme, path).importPublic(
    stringAt(keyval, 'public', `${path}.keyval`),
    `${path}.keyval.public`,
  );
  const id = parseKeyId(sha256Hex(canonicalBytes(json)));
  return { keytype, scheme, keyval, id, ...imported, toJson: () => json };
}

/** A scheme counts only under the key types that it is made for: the key says how it signs, never the signature. */
function schemeOf(keytype: string, name: string, path: Path): Scheme {
  const scheme = SCHEMES.find(known => known.name === name && known.keytypes.includes(keytype));
  if (scheme) return scheme;
  throw new WritError(
    'KEY_TYPE',
    `${path} has key type ${JSON.stringify(keytype)} with scheme ${JSON.stringify(name)}, which is not supported`,
  );
}

/**
 * The public key of a key that node holds, ready to be listed in metadata.
 *
 * @param key - a public or private key: Ed25519, P-256 or RSA
 * @throws WritError KEY_TYPE for other kinds, KEY_WEAK for weak ones
 */
export function publicKeyOf(key: KeyObject): PublicKey {
  const source = key.type === 'private' ? createPublicKey(key) : key;
  for (const scheme of SCHEMES) {
    const text = scheme.exportPublic(source);
    if (text === undefined) continue;
    const json = { keytype: scheme.keytypes[0], scheme: scheme.name, keyval: { public: text } };
    return parsePublicKey(json, 'key');
  }
  throw new WritError('KEY_TYPE', `a key of type ${key.asymmetricKeyType ?? key.type} is not supported`);
}
