/** Signing documents. */
import { hexFromBytes } from '../../crypto/hex.js';
import { WritError } from '../../errors.js';
import { canonicalBytes } from '../../json/canonical.js';
import type { JsonObject } from '../../json/types.js';
import type { Signer } from '../ports.js';
import type { RoleName } from '../role-name.js';

const encoder = new TextEncoder();

/**
 * The document of `signed` with a signature of each signer, as JSON without white space.
 *
 * @param signed - as a builder of `signed-part.ts` gives it
 * @param role - tells the signers what they sign for
 * @throws WritError TUF_DUPLICATE_SIGNATURE for two signers with one key; what a signer throws
 */
export async function signDocument(
  signed: JsonObject,
  role: RoleName,
  signers: readonly Signer[],
): Promise<Uint8Array> {
  refuseTwins(signers);
  const payload = canonicalBytes(signed);
  const signatures = await Promise.all(
    signers.map(async signer => ({
      keyid: signer.key.id,
      sig: hexFromBytes(await signer.sign(role, payload)),
    })),
  );
  // Not canonical: canonical JSON leaves control characters as they are (line breaks of PEM), and is then no JSON.
  return encoder.encode(JSON.stringify({ signatures, signed }));
}

function refuseTwins(signers: readonly Signer[]): void {
  const ids = new Set<string>();
  for (const { key } of signers) {
    if (ids.has(key.id)) throw new WritError('TUF_DUPLICATE_SIGNATURE', `the key ${key.id} would sign twice`);
    ids.add(key.id);
  }
}
