/** The other encoding of ECDSA signatures: r and s side by side, as IEEE P1363, JWS and PKCS #11 have them. */
import { derInteger, derSequence } from './der.js';

/** Of P-256: 32 bytes for each. */
const PAIR_BYTES = 64;

/**
 * The signature as DER (RFC 3279 §2.2.3), which TUF writes.
 *
 * @param pair - of P-256
 * @returns undefined when it does not have 64 bytes
 */
export function derOfPair(pair: Uint8Array): Uint8Array | undefined {
  if (pair.length !== PAIR_BYTES) return undefined;
  const number = (bytes: Uint8Array): Uint8Array =>
    derInteger(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  return derSequence(number(pair.subarray(0, PAIR_BYTES / 2)), number(pair.subarray(PAIR_BYTES / 2)));
}
