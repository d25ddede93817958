/**
 * Private keys under a pass-phrase as Notary seals them: PKCS #8 with PBES2 of PBKDF2-HMAC-SHA1 and AES-256-CBC.
 * RFC 5958 §3, RFC 8018 §6.2 and appendix A. 2,048 rounds are few; Notary's own programs read nothing else.
 */
import { createCipheriv, createPrivateKey, pbkdf2, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { derInteger, derOctets, derOid, derSequence } from '../crypto/der.js';
import { writePem, type PemBlock } from '../crypto/pem.js';
import { WritError } from '../errors.js';

const ROUNDS = 2048;
const SALT_BYTES = 8;
const IV_BYTES = 16;
const KEY_BYTES = 32;
const OID = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  aes256cbc: '2.16.840.1.101.3.4.1.42',
} as const;

const derive = promisify(pbkdf2);

/**
 * Seals PKCS #8 DER.
 *
 * @param passphrase - not empty; that it is good is the caller's to see to
 * @returns the DER of EncryptedPrivateKeyInfo
 */
export async function sealPkcs8(pkcs8: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const key = await derive(passphrase, salt, ROUNDS, KEY_BYTES, 'sha1');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const sealed = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  const derivation = derSequence(
    derOid(OID.pbkdf2),
    derSequence(derOctets(salt), derInteger(BigInt(ROUNDS))),
  );
  const encryption = derSequence(derOid(OID.aes256cbc), derOctets(iv));
  const algorithm = derSequence(derOid(OID.pbes2), derSequence(derivation, encryption));
  return derSequence(algorithm, derOctets(sealed));
}

/** PEM types of private keys that are not sealed. */
const OPEN_TYPES: ReadonlySet<string> = new Set(['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY']);

/** Whether a block holds a private key that needs a pass-phrase; undefined when it holds none at all. */
export function isSealedKey({ type, headers }: PemBlock): boolean | undefined {
  if (type === 'ENCRYPTED PRIVATE KEY') return true;
  if (!OPEN_TYPES.has(type)) return undefined;
  return headers.get('Proc-Type')?.includes('ENCRYPTED') === true;
}

/**
 * Opens the private key of a PEM block: PKCS #8 sealed or not, PKCS #1, SEC 1, and the sealed form of RFC 1423 that
 * old versions of Notary wrote.
 *
 * @param passphrase - undefined for a key that is not sealed
 * @throws WritError KEYSTORE_PASSPHRASE when the pass-phrase is not that of the key, KEYSTORE_FORMAT for what is no
 *   private key
 */
export function openPemKey(block: PemBlock, passphrase: string | undefined): KeyObject {
  const sealed = isSealedKey(block);
  if (sealed === undefined) {
    throw new WritError(
      'KEYSTORE_FORMAT',
      `a PEM block of type ${JSON.stringify(block.type)} is no private key`,
    );
  }
  try {
    return createPrivateKey({
      key: bareText(block),
      format: 'pem',
      ...(passphrase !== undefined && { passphrase }),
    });
  } catch {
    // No cause: what OpenSSL says of a wrong pass-phrase is not more than this.
    if (sealed) throw new WritError('KEYSTORE_PASSPHRASE', 'the pass-phrase is not that of this key');
    throw new WritError('KEYSTORE_FORMAT', 'a private key cannot be read');
  }
}

/** The block without the headers that OpenSSL does not know; it wants `Proc-Type` first. RFC 1421 §4.6.1.1. */
function bareText({ type, headers, bytes }: PemBlock): string {
  const bare = writePem({ type, headers: new Map(), bytes });
  const dek = headers.get('DEK-Info');
  if (dek === undefined) return bare;
  return bare.replace('\n', `\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${dek}\n\n`);
}
