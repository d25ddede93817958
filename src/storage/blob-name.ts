/** Names of blobs, checked before they become paths. */
import { isDigestText } from '../crypto/digest.js';
import { WritError } from '../errors.js';

/** The most bytes of one blob: three times the largest metadata file or manifest that writ takes. */
export const MAX_BLOB_BYTES = 16 * 1024 * 1024;

/** @throws WritError STORE_KEY unless `text` is 64 lower-case hex digits */
export function checkBlobName(text: string): void {
  if (isDigestText('sha256', text)) return;
  throw new WritError('STORE_KEY', `${JSON.stringify(text.slice(0, 80))} is not a SHA-256 in lower-case hex`);
}

/** @throws WritError STORE_SIZE */
export function checkBlobSize(bytes: { readonly length: number }, maxBytes: number): void {
  if (bytes.length <= maxBytes) return;
  throw new WritError('STORE_SIZE', `a blob of ${bytes.length} bytes is larger than ${maxBytes}`);
}
