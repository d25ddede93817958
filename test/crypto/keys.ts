/** Key pairs for tests: signing as the three schemes do it, with keys that are made once. */
import {
  constants,
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { publicKeyOf, type PublicKey } from '../../src/crypto/public-key.js';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly key: PublicKey;
  sign(message: Uint8Array): Uint8Array;
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

const made = new Map<string, KeyPair>();

/** The Ed25519 pair of a seed made from `name`: the same name gives the same key. */
export function ed25519(name: string): KeyPair {
  const known = made.get(name);
  if (known !== undefined) return known;
  const seed = createHash('sha256').update(name).digest();
  const pair = pairOf(
    createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' }),
  );
  made.set(name, pair);
  return pair;
}

export const ecdsa = (): KeyPair => pairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

export const rsa = (modulusLength = 2048): KeyPair =>
  pairOf(generateKeyPairSync('rsa', { modulusLength }).privateKey);

export function pairOf(privateKey: KeyObject): KeyPair {
  return {
    privateKey,
    key: publicKeyOf(privateKey),
    sign: message => new Uint8Array(signWith(privateKey, message)),
  };
}

function signWith(key: KeyObject, message: Uint8Array): Buffer {
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return sign(null, message, key);
    case 'ec':
      return sign('sha256', message, { key, dsaEncoding: 'der' });
    default:
      return sign('sha256', message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }
}
