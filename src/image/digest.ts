import { WritError } from '../errors.js';

declare const digest: unique symbol;

/** The digest of a manifest or blob: `sha256:` and 64 lower-case hex digits. */
export type Digest = string & { readonly [digest]: 'Digest' };

const FORM = /^sha256:[0-9a-f]{64}$/;

/** True iff `text` is a digest that writ accepts. */
export function isDigest(text: string): text is Digest {
  return FORM.test(text);
}

/**
 * `text` as a digest.
 *
 * @param text - `sha256:` and 64 lower-case hex digits
 * @throws WritError IMAGE_DIGEST for another algorithm (sha512, md5), another length, or upper-case digits
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new WritError('IMAGE_DIGEST', digestFault(text));
}

function digestFault(text: string): string {
  const [algorithm] = text.split(':', 1);
  const named = algorithm !== undefined && /^[A-Za-z0-9+._-]{1,32}$/.test(algorithm) && text.includes(':');
  if (named && algorithm !== 'sha256') return `the digest algorithm ${algorithm} is not sha256`;
  return 'the digest is not sha256: and 64 lower-case hex digits';
}
