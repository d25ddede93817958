/** Public keys that are named on the command line: by a file, or by the id of a key in the key store. */
import { createPublicKey } from 'node:crypto';
import { parsePublicKey, publicKeyOf, type PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { isPkcs11Uri } from '../keystore/pkcs11-uri.js';
import type { Context } from './command.js';
import { inFile, readInputFile } from './files.js';
import { findKey, openKeyStore } from './keys.js';

const MAX_KEY_FILE = 64 * 1024;
const ID = /^[0-9a-f]{7,64}$/;

/**
 * The key that `text` names: a file with a public key, as PEM or as the JSON object of TUF, both as `writ key export`
 * writes them; or an id, or its first 7 digits or more, of a key in the key store.
 *
 * @throws WritError CLI_FILE, CLI_KEY_FILE, KEY_TYPE, KEY_WEAK, KEY_FORMAT; KEYSTORE_NOT_FOUND and as findKey
 */
export async function keyNamed(context: Context, text: string): Promise<PublicKey> {
  if (ID.test(text) || isPkcs11Uri(text))
    return (await findKey(await openKeyStore(context), text, context)).publicKey;
  const bytes = await readInputFile(text, MAX_KEY_FILE);
  return inFile(text, () => readPublicKey(bytes));
}

function readPublicKey(bytes: Uint8Array): PublicKey {
  const text = new TextDecoder().decode(bytes);
  if (text.trimStart().startsWith('{')) return parsePublicKey(asObject(parseStrict(bytes), 'key'), 'key');
  if (text.includes('PRIVATE KEY')) {
    throw new WritError('CLI_KEY_FILE', 'this is a private key: keep it, and give the public one', {
      hint: 'seal it in a key store; `writ key export ID` prints its public half',
    });
  }
  if (!text.includes('-----BEGIN PUBLIC KEY-----'))
    throw new WritError('CLI_KEY_FILE', 'this is no public key');
  return publicKeyOf(readPem(text));
}

function readPem(text: string) {
  try {
    return createPublicKey({ key: text, format: 'pem' });
  } catch (cause) {
    throw new WritError('CLI_KEY_FILE', 'the PEM holds no public key that can be read', { cause });
  }
}
