/** Names that others choose, as names of files. */
import { sha256Hex } from '../crypto/digest.js';

/** Names of files have 255 bytes on all common file systems; ours end in `.json`. */
const MAX_ENCODED = 240;
/** What encodeURIComponent leaves and some file systems or shells do not. */
const LEFT_OVER = /[!'()*~]/g;

/**
 * One name in a folder for any name but the empty one: percent-encoded, so that `../x` and `a/b` are names in the
 * folder and nothing else. One too long for a file is replaced by its hash, marked by a `%` that no encoded name has.
 */
export function encodedName(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed())
    .replace(LEFT_OVER, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, '%2E'); // hidden files are ours
  return encoded.length <= MAX_ENCODED ? encoded : `%sha256-${sha256Hex(Buffer.from(name, 'utf16le'))}`;
}
