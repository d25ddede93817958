import { generateKeyPairSync, verify, constants, createPublicKey } from 'node:crypto';
import { inspect, format } from 'node:util';
import { verifyAsync } from '@noble/ed25519';
import { beforeAll, describe, expect, it } from 'vitest';
import { WritError } from '../../src/errors.js';
import { publicKeyPem } from '../../src/keystore/key-store.js';
import { generateKey, KEY_SCHEMES, PrivateKey, privateKeyFromPkcs8 } from '../../src/keystore/private-key.js';
import { parsePublicKey } from '../../src/crypto/public-key.js';

const message = new TextEncoder().encode('what is signed');
const keys = new Map<string, PrivateKey>();
beforeAll(async () => {
  for (const scheme of KEY_SCHEMES) keys.set(scheme, await generateKey(scheme));
});
const keyOf = (scheme: string): PrivateKey => keys.get(scheme)!;

describe.each(KEY_SCHEMES)('a generated key: %s', scheme => {
  it('signs what its public half verifies, and nothing else', () => {
    const key = keyOf(scheme);
    const signature = key.sign(message);
    expect(key.publicKey.scheme).toBe(scheme);
    expect(key.publicKey.verify(message, signature)).toBe(true);
    expect(key.publicKey.verify(message.subarray(1), signature)).toBe(false);
  });

  it('is another key each time', async () => {
    if (scheme === 'rsassa-pss-sha256') return; // slow, and the same code
    expect((await generateKey(scheme)).publicKey.id).not.toBe(keyOf(scheme).publicKey.id);
  });

  it('never prints itself', () => {
    const key = keyOf(scheme);
    const shown = '[PrivateKey: redacted]';
    expect(JSON.stringify({ key })).toBe(`{"key":"${shown}"}`);
    expect(inspect(key, { showHidden: true, depth: 9 })).toBe(shown);
    expect(inspect({ key })).toBe(`{ key: ${shown} }`);
    expect(format('%s %o %j', key, key, key)).not.toMatch(/KeyObject|public/);
    expect(String(key)).toBe(shown);
    expect(Object.keys(key)).toStrictEqual(['publicKey']);
  });

  it('comes back from PKCS #8', () => {
    const again = privateKeyFromPkcs8(keyOf(scheme).toPkcs8());
    expect(again.publicKey.id).toBe(keyOf(scheme).publicKey.id);
    expect(again.publicKey.verify(message, again.sign(message))).toBe(true);
  });

  it('is exported as the key object of TUF and as PEM', () => {
    const { publicKey } = keyOf(scheme);
    expect(parsePublicKey(publicKey.toJson(), 'key').id).toBe(publicKey.id);
    const pem = publicKeyPem(publicKey);
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/);
    expect(verifyWith(scheme, pem, keyOf(scheme).sign(message))).toBe(true);
  });
});

/** Verifies by the PEM alone, with the parameters that the documents promise: salt of 32, DER. */
function verifyWith(scheme: string, pem: string, signature: Uint8Array): boolean {
  switch (scheme) {
    case 'ed25519':
      return verify(null, message, pem, signature);
    case 'ecdsa-sha2-nistp256':
      return signature[0] === 0x30 && verify('sha256', message, { key: pem, dsaEncoding: 'der' }, signature);
    default:
      return verify(
        'sha256',
        message,
        { key: pem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
        signature,
      );
  }
}

describe('keys', () => {
  it('of Ed25519 sign what another implementation verifies', async () => {
    const key = keyOf('ed25519');
    const raw = Buffer.from(String(key.publicKey.keyval['public']), 'hex');
    expect(await verifyAsync(key.sign(message), message, raw)).toBe(true);
  });

  it('of RSA have 3072 bits', () => {
    const pem = publicKeyPem(keyOf('rsassa-pss-sha256').publicKey);
    expect(createPublicKey(pem).asymmetricKeyDetails?.modulusLength).toBe(3072);
  });

  it('of an unknown scheme are not made', async () => {
    await expect(generateKey('dsa')).rejects.toMatchObject({
      code: 'KEY_TYPE',
      message: 'there is no key scheme "dsa": use ed25519, ecdsa-sha2-nistp256, rsassa-pss-sha256',
    });
  });

  it('that cannot be read are refused without showing them', () => {
    const der = new Uint8Array([1, 2, 3]);
    expect(() => privateKeyFromPkcs8(der)).toThrow(
      new WritError('KEY_FORMAT', 'a private key is not PKCS #8 DER'),
    );
  });

  it('of other kinds or too weak are refused', () => {
    const { privateKey: x25519 } = generateKeyPairSync('x25519');
    expect(() => new PrivateKey(x25519)).toThrow(expect.objectContaining({ code: 'KEY_TYPE' }));
    const { privateKey: weak } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(() => new PrivateKey(weak)).toThrow(expect.objectContaining({ code: 'KEY_WEAK' }));
  });
});
