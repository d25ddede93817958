/** The key that the service signs Docker's tokens with, and its certificate for registries that check them. */
import { createPublicKey, hkdfSync, X509Certificate, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { WritError } from '../errors.js';
import { issueRootCertificate } from '../keystore/certificate.js';
import { p256FromSecret } from '../keystore/derive-notary.js';
import { createPrivateFile, ensureSecret, readPrivateFile } from '../keystore/secret-file.js';
import type { Clock } from '../tuf/ports.js';

export interface TokenKey {
  /** ECDSA with P-256. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Self-signed, good for ten years. */
  readonly certificate: X509Certificate;
}

const CONTEXT = 'writ/notary-token/v1';
const HOUR_MS = 3_600_000;

/**
 * The key in the data folder, made on first use: its secret `notary-token-key` and its certificate `notary-token.pem`,
 * both mode 0600.
 *
 * @throws WritError KEYSTORE_SECRET, KEYSTORE_PERMISSIONS, ACCESS_KEYS when the certificate is of another key or expired
 */
export async function ensureTokenKey(data: string, clock: Clock): Promise<TokenKey> {
  const secret = await ensureSecret(join(data, 'notary-token-key'));
  const privateKey = p256FromSecret(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), CONTEXT, 48)));
  const path = join(data, 'notary-token.pem');
  const certificate = await ensureCertificate(path, privateKey, clock.now());
  if (certificate.checkPrivateKey(privateKey) && clock.now() < new Date(certificate.validTo))
    return { privateKey, publicKey: createPublicKey(privateKey), certificate };
  throw new WritError('ACCESS_KEYS', `${path} is of another key, or has expired`, {
    hint: `remove ${path}: a new one is made at the next start, and must then be given to the registries`,
  });
}

async function ensureCertificate(path: string, key: KeyObject, now: Date): Promise<X509Certificate> {
  const found = await readPrivateFile(path);
  if (found === undefined) {
    // Clocks of registries may be slow.
    const pem = issueRootCertificate(key, 'writ notary tokens', new Date(now.getTime() - HOUR_MS));
    await createPrivateFile(path, pem);
    return ensureCertificate(path, key, now);
  }
  try {
    return new X509Certificate(found);
  } catch (cause) {
    throw new WritError('ACCESS_KEYS', `${path} is no certificate`, { cause });
  }
}
