/** Key ids as metadata writes them: opaque names of keys, never proof of which key is meant. */
import { WritError } from '../errors.js';

declare const brand: unique symbol;
export type KeyId = string & { readonly [brand]: 'KeyId' };

/** TUF gives no bound; every known implementation writes 64 hex digits. */
const MAX_LENGTH = 256;
const CONTROL = /\p{Cc}/u;

function isKeyId(text: string): text is KeyId {
  return text.length >= 1 && text.length <= MAX_LENGTH && text.isWellFormed() && !CONTROL.test(text);
}

/**
 * The key id that `text` writes: 1 to 256 UTF-16 units, no control characters. TUF specification §4.2.
 *
 * @throws WritError KEY_FORMAT
 */
export function parseKeyId(text: string): KeyId {
  if (isKeyId(text)) return text;
  throw new WritError(
    'KEY_FORMAT',
    `a key id must have 1 to ${MAX_LENGTH} printable characters, this one has ${text.length}`,
  );
}
