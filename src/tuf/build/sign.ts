/** Signing documents. */
import { hexFromBytes } from '../../crypto/hex.js';
import { WritError } from '../../errors.js';
import { writeCanonical } from '../../json/canonical-writer.js';
import { asObject, objectAt } from '../../json/read.js';
import { parseStrictMember } from '../../json/strict.js';
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
  return envelope(signed, payload, signatures);
}

/** A signature as metadata writes it. */
export interface WrittenSignature {
  readonly keyid: string;
  /** In hex. */
  readonly sig: string;
}

/**
 * A document whose signed part says the same as that of `document`, with these signatures and no others.
 *
 * @throws WritError JSON_* for bytes that are no document
 */
export function withSignatures(document: Uint8Array, signatures: readonly WrittenSignature[]): Uint8Array {
  const { value, canonical } = parseStrictMember(document, 'signed');
  const signed = objectAt(asObject(value, 'document'), 'signed', 'document');
  return envelope(signed, canonical ?? writeCanonical(signed), signatures);
}

function envelope(
  signed: JsonObject,
  payload: Uint8Array,
  signatures: readonly WrittenSignature[],
): Uint8Array {
  // Canonical JSON leaves control characters as they are (line ends of PEM), and is then no JSON.
  const text = decoder.decode(payload);
  const part = CONTROL.test(text) ? JSON.stringify(signed) : text;
  const list = signatures.map(({ keyid, sig }) => ({ keyid, sig }));
  return encoder.encode(`{"signatures":${JSON.stringify(list)},"signed":${part}}`);
}

function refuseTwins(signers: readonly Signer[]): void {
  const ids = new Set<string>();
  for (const { key } of signers) {
    if (ids.has(key.id)) throw new WritError('TUF_DUPLICATE_SIGNATURE', `the key ${key.id} would sign twice`);
    ids.add(key.id);
  }
}
