/** Signing documents. */
import { hexFromBytes } from '../../crypto/hex.js';
import { WritError } from '../../errors.js';
import { writeCanonical } from '../../json/canonical-writer.js';
import type { JsonObject } from '../../json/types.js';
import type { Signer } from '../ports.js';
import type { RoleName } from '../role-name.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const CONTROL = /[\0-\x1f]/;

/**
 * The document of `signed` with a signature of each signer, as JSON without white space. The signed part is canonical
 * where that is JSON, so that readers need not write it anew to verify it.
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
  const payload = writeCanonical(signed);
  const signatures = await Promise.all(
    signers.map(async signer => ({
      keyid: signer.key.id,
      sig: hexFromBytes(await signer.sign(role, payload)),
    })),
  );
  // Canonical JSON leaves control characters as they are (line ends of PEM), and is then no JSON.
  const text = decoder.decode(payload);
  const part = CONTROL.test(text) ? JSON.stringify(signed) : text;
  return encoder.encode(`{"signatures":${JSON.stringify(signatures)},"signed":${part}}`);
}

function refuseTwins(signers: readonly Signer[]): void {
  const ids = new Set<string>();
  for (const { key } of signers) {
    if (ids.has(key.id)) throw new WritError('TUF_DUPLICATE_SIGNATURE', `the key ${key.id} would sign twice`);
    ids.add(key.id);
  }
}
