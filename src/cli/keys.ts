/** The key store, as commands use it. */
import { WritError } from '../errors.js';
import type { KeyInfo } from '../keystore/key-file.js';
import { KeyStore } from '../keystore/key-store.js';
import { isPkcs11Uri } from '../keystore/pkcs11-uri.js';
import { generateKey, type PrivateKey } from '../keystore/private-key.js';
import type { Signer } from '../tuf/ports.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import type { Context } from './command.js';
import { passphraseFor } from './passphrase.js';
import { findTokenKey, isOnToken, unlockToken } from './tokens.js';

/** The shortest beginning of an id that may stand for it. */
const MIN_PREFIX = 7;

/** The key store of the settings. @throws WritError KEYSTORE_PERMISSIONS, KEYSTORE_IO */
export async function openKeyStore(context: Context): Promise<KeyStore> {
  return KeyStore.open((await context.config()).config.keys);
}

/** Every key that is at hand: those of the key store, and those on tokens that the settings name. @throws as findKey */
export async function allKeys(context: Context, store: KeyStore): Promise<readonly KeyInfo[]> {
  const { keys } = (await context.config()).config.pkcs11;
  const onTokens: KeyInfo[] = [];
  for (const uri of keys) onTokens.push(await findTokenKey(context, uri)); // one driver at a time
  return [...(await store.list()), ...onTokens];
}

/**
 * The key that `text` names: its id, or a beginning of it of at least 7 digits that no other key shares; or the PKCS #11
 * URI of a key on a token, where `context` is given.
 *
 * @throws WritError USAGE when several begin so, KEYSTORE_NOT_FOUND, and as KeyStore.list; as findTokenKey
 */
export async function findKey(store: KeyStore, text: string, context?: Context): Promise<KeyInfo> {
  if (context !== undefined && isPkcs11Uri(text)) return findTokenKey(context, text);
  if (!/^[0-9a-f]{7,63}$/.test(text)) return store.info(text);
  const [found, ...others] = (await store.list()).filter(({ publicKey }) => publicKey.id.startsWith(text));
  if (found !== undefined && others.length === 0) return found;
  if (found === undefined) return store.info(text);
  throw new WritError(
    'USAGE',
    `${others.length + 1} keys begin with ${text}: write at least ${MIN_PREFIX} more digits`,
  );
}

/** What a key is for. */
export interface KeyPurpose {
  readonly role?: RoleName;
  readonly repository?: string;
}

export interface NewKey extends KeyPurpose {
  readonly scheme: string;
}

/** What a new key is sealed with. */
export interface Sealing {
  readonly passphrase: string;
  readonly options: KeyPurpose;
}

/** A new key that is not stored yet; the pass-phrase for it is already known, so that nothing fails half-way. */
export interface PreparedKey extends Sealing {
  readonly privateKey: PrivateKey;
}

/**
 * Makes a key and gets the pass-phrase that it will be sealed with.
 *
 * @throws WritError KEY_TYPE for an unknown scheme; as passphraseFor
 */
export async function prepareKey(context: Context, { scheme, ...options }: NewKey): Promise<PreparedKey> {
  const privateKey = await generateKey(scheme);
  return { privateKey, ...(await sealingOf(context, options)) };
}

/** The pass-phrase that a new key will be sealed with, chosen now. @throws WritError as passphraseFor */
export async function sealingOf(context: Context, options: KeyPurpose): Promise<Sealing> {
  const { role, repository } = options;
  const of = repository === undefined ? '' : ` of ${repository}`;
  const purpose = `the new ${role ?? 'signing'} key${of}`;
  return {
    passphrase: await passphraseFor(context, { role: role ?? 'key', purpose, choose: true }),
    options,
  };
}

/** A signer with a key of the store, or on a token; asks for its pass-phrase, or its PIN. @throws WritError as KeyStore.load, passphraseFor */
export async function unlock(
  context: Context,
  store: KeyStore,
  key: KeyInfo,
  role: RoleName,
): Promise<Signer> {
  if (isOnToken(key)) return unlockToken(context, key);
  const passphrase = await passphraseFor(context, {
    role,
    purpose: `the ${role} key ${key.publicKey.id.slice(0, 12)}`,
  });
  return store.signer(key.publicKey.id, passphrase);
}

/** @throws WritError TUF_ROLE_NAME */
export const optionalRole = (text: string | undefined): RoleName | undefined =>
  text === undefined ? undefined : parseRoleName(text);
