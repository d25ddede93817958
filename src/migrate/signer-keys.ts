/** The private keys of notary-signer: JWE under a pass-phrase that has a name. theupdateframework/notary,
 * signer/keydbstore and tuf/utils/x509.go. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { notaryKeyOf } from '../crypto/notary-key.js';
import { reasonOf, WritError } from '../errors.js';
import { ed25519FromSeed } from '../keystore/derive.js';
import type { KeyRow } from './databases.js';

const ENCRYPTION = 'A256GCM';
const KEYWRAP = 'PBES2-HS256+A128KW';
/** notary-signer writes 8192. */
const MAX_ROUNDS = 100_000;
const MAX_SEALED = 64 * 1024;
/** The public key, the seed, the public key again. */
const ED25519_BYTES = 96;

/** Gives the pass-phrase of an alias; undefined where there is none. */
export type PassphraseOf = (alias: string) => string | undefined;

/**
 * Opens one private key.
 *
 * @throws WritError MIGRATE_KEY, without any part of the key or of the pass-phrase
 */
export async function openSignerKey(row: KeyRow, passphraseOf: PassphraseOf): Promise<KeyObject> {
  const fault = (what: string): WritError =>
    new WritError('MIGRATE_KEY', `the key ${row.id.slice(0, 64)} ${what}`);
  if (row.encryption !== ENCRYPTION || row.keywrap !== KEYWRAP || row.sealed.length > MAX_SEALED) {
    throw fault(`is not sealed with ${KEYWRAP} and ${ENCRYPTION}`);
  }
  const passphrase = passphraseOf(row.alias);
  if (passphrase === undefined) {
    const variable = `NOTARY_SIGNER_${row.alias.toUpperCase()}`;
    throw fault(`is sealed with the pass-phrase "${row.alias.slice(0, 64)}", and ${variable} is not set`);
  }
  const secret = await compactDecrypt(row.sealed, Buffer.from(passphrase), {
    keyManagementAlgorithms: [KEYWRAP],
    contentEncryptionAlgorithms: [ENCRYPTION],
    maxPBES2Count: MAX_ROUNDS,
  }).catch(() => {
    throw fault(`is not opened by the pass-phrase "${row.alias.slice(0, 64)}"`);
  });
  const key = privateKeyOf(row.algorithm, Buffer.from(secret.plaintext), fault);
  const { id, keyval } = notaryKeyOf(key);
  const same = keyval['public'] === Buffer.from(row.publicKey).toString('base64');
  if (id !== row.id || !same) throw fault('is another key than its row says');
  return key;
}

function privateKeyOf(algorithm: string, bytes: Buffer, fault: (what: string) => WritError): KeyObject {
  try {
    switch (algorithm) {
      case 'ecdsa':
        return createPrivateKey({ key: bytes, format: 'der', type: 'sec1' });
      case 'rsa':
        return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs1' });
      case 'ed25519':
        if (bytes.length !== ED25519_BYTES) throw new Error('it has another length');
        return ed25519FromSeed(bytes.subarray(32, 64));
      default:
        throw new Error(`there is no algorithm ${algorithm.slice(0, 32)}`);
    }
  } catch (cause) {
    throw fault(`cannot be read: ${reasonOf(cause)}`);
  } finally {
    bytes.fill(0);
  }
}
