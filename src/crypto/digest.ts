/** Digests: the algorithms that hashes in metadata may name, one line each. */
import type { createHash as nodeCreateHash } from 'node:crypto';

let createHash: typeof nodeCreateHash | undefined;

/** Name in metadata → length of the digest in hex digits. */
const ALGORITHMS = { sha256: 64, sha512: 128 } as const satisfies Record<string, number>;

export type DigestAlgorithm = keyof typeof ALGORITHMS;

/** True iff writ can compute `name`; others may stand in metadata, but prove nothing. */
export function isDigestAlgorithm(name: string): name is DigestAlgorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

/** True iff `text` is a digest of `algorithm` as metadata writes it: lower-case hex of the right length. */
export function isDigestText(algorithm: DigestAlgorithm, text: string): boolean {
  return text.length === ALGORITHMS[algorithm] && /^[0-9a-f]+$/.test(text);
}

/** Of a digest. */
export const digestBytes = (algorithm: DigestAlgorithm): number => ALGORITHMS[algorithm] / 2;

/** The digest of `bytes` in lower-case hex. */
export function digestHex(algorithm: DigestAlgorithm, bytes: Uint8Array): string {
  // With the first digest, not at start: loading node:crypto costs milliseconds, and not every command hashes.
  createHash ??= process.getBuiltinModule('node:crypto').createHash;
  return createHash(algorithm).update(bytes).digest('hex');
}

const WEB_NAMES = { sha256: 'SHA-256', sha512: 'SHA-512' } as const;

/** As {@link digestHex}, on another thread: the caller goes on meanwhile. @param bytes - must not change meanwhile */
export async function digestHexLater(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<string> {
  const { subtle } = process.getBuiltinModule('node:crypto').webcrypto;
  return Buffer.from(await subtle.digest(WEB_NAMES[algorithm], bytes)).toString('hex');
}

/** The SHA-256 of `bytes` in lower-case hex: 64 digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return digestHex('sha256', bytes);
}
