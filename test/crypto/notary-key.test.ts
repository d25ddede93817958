/** Keys of Notary v1: what is read, what each is called, what it verifies, and every refusal. */
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { notaryKeyOf, notaryKeyOfCertificate, parseNotaryKey } from '../../src/crypto/notary-key.js';
import { publicKeyOf } from '../../src/crypto/public-key.js';
import type { WritError } from '../../src/errors.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { issueCertificate } from '../../src/keystore/certificate.js';

const MESSAGE = Buffer.from('message');
const CURVES = { p224: 'secp224r1', p256: 'prime256v1', p384: 'secp384r1', p521: 'secp521r1' } as const;
type CurveName = keyof typeof CURVES;
const NAMES: readonly CurveName[] = ['p224', 'p256', 'p384', 'p521'];

const ed25519 = (): KeyObject => generateKeyPairSync('ed25519').privateKey;
const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength = 2048): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const spki = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' });
const raw = (key: KeyObject, message: Uint8Array = MESSAGE): Buffer =>
  sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
const pss = (key: KeyObject, saltLength = 32): Buffer =>
  sign('sha256', MESSAGE, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

const json = (keytype: JsonValue, bytes: Uint8Array | string): JsonObject => ({
  keytype,
  keyval: { private: null, public: Buffer.from(bytes).toString('base64') },
});
const idOf = (keytype: string, base64: string): string =>
  createHash('sha256')
    .update(`{"keytype":"${keytype}","keyval":{"private":null,"public":"${base64}"}}`)
    .digest('hex');
const certificate = (): { cert: string; privateKey: KeyObject } => {
  const { cert, key } = issueCertificate({ names: ['acme/app'], notBefore: new Date(), days: 1 });
  return { cert, privateKey: createPrivateKey(key) };
};
/** Of a root that `notary` signed. */
function recordedRsaCertificate(): JsonObject {
  const keys = JSON.parse(readFileSync('test/golden/notary-v1/keys.json', 'utf8')) as Record<
    string,
    JsonObject
  >;
  return Object.values(keys).find(({ keytype }) => keytype === 'rsa-x509')!;
}

function refusalOf(read: () => unknown): { code: string; message: string; cause: boolean } {
  try {
    read();
  } catch (error) {
    const { code, message, cause } = error as WritError;
    return { code, message, cause: cause !== undefined };
  }
  throw new Error('it was accepted');
}
const refused = (code: string, message: string, cause = false): object => ({ code, message, cause });

describe('a key that node holds', () => {
  it.each<[string, () => KeyObject, (key: KeyObject) => Buffer]>([
    ['ed25519', ed25519, key => spki(key).subarray(12)],
    ['rsa', rsa, spki],
    ...NAMES.map(name => ['ecdsa', () => ec(CURVES[name]), spki] as [string, () => KeyObject, typeof spki]),
  ])('as %s: named by its bytes, with or without its private half', (keytype, make, bytesOf) => {
    const privateKey = make();
    const text = bytesOf(privateKey).toString('base64');
    for (const key of [notaryKeyOf(privateKey), notaryKeyOf(createPublicKey(privateKey))]) {
      const keyval = { private: null, public: text };
      expect(key).toMatchObject({ keytype, scheme: keytype, keyval, certificates: [] });
      expect([key.id, key.canonicalId]).toEqual([idOf(keytype, text), idOf(keytype, text)]);
      expect(key.toJson()).toEqual({ keytype, keyval });
    }
  });

  it('is the same key as that of TUF 1.0', () => {
    for (const key of [ed25519(), rsa(), ec('prime256v1')]) {
      expect(notaryKeyOf(key).material).toBe(publicKeyOf(key).material);
    }
    for (const name of ['p256', 'p384', 'p521'] as const) {
      const key = ec(CURVES[name]);
      const { x, y } = createPublicKey(key).export({ format: 'jwk' });
      expect(notaryKeyOf(key).material).toBe(`${name}:${x}.${y}`);
    }
    const key = ec('secp224r1');
    const point = spki(key).subarray(-56);
    const [x, y] = [point.subarray(0, 28), point.subarray(28)].map(half => half.toString('base64url'));
    expect(notaryKeyOf(key).material).toBe(`p224:${x}.${y}`);
  });

  it('is the same key when its point is compressed', () => {
    const key = ec('prime256v1');
    const der = spki(key);
    const compressed = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.of(2 + (der.at(-1)! & 1)),
      der.subarray(-64, -32),
    ]);
    const read = parseNotaryKey(json('ecdsa', compressed), 'k');
    expect(read.material).toBe(notaryKeyOf(key).material);
    expect(read.id).not.toBe(notaryKeyOf(key).id);
    expect(read.canonicalId).toBe(read.id);
  });

  it('keeps the name of its bytes when they are not written as node would write them', () => {
    const der = spki(rsa());
    const longer = Buffer.concat([Buffer.from('3083000122', 'hex'), der.subarray(4)]);
    const read = parseNotaryKey(json('rsa', longer), 'k');
    expect([read.id, read.canonicalId]).toEqual([read.id, idOf('rsa', longer.toString('base64'))]);
  });

  it('of another kind is refused', () => {
    for (const [key, type] of [
      [generateKeyPairSync('ed448').privateKey, 'ed448'],
      [generateKeyPairSync('x25519').publicKey, 'x25519'],
      [createSecretKey(Buffer.alloc(32)), 'secret'],
    ] as const) {
      expect(refusalOf(() => notaryKeyOf(key))).toEqual(
        refused('KEY_TYPE', `a key of type ${type} is not supported`),
      );
    }
    expect(refusalOf(() => notaryKeyOf(rsa(1024))).code).toBe('KEY_WEAK');
  });
});

describe('a certificate', () => {
  it('gives the key of its leaf, and the id of the bare key', () => {
    const [leaf, other] = [certificate(), certificate()];
    const bare = notaryKeyOf(leaf.privateKey);
    for (const pem of [
      leaf.cert,
      leaf.cert + other.cert,
      `text\n${leaf.cert.replaceAll('\n', '\r\n')}text`,
    ]) {
      const key = notaryKeyOfCertificate(pem);
      const text = Buffer.from(pem).toString('base64');
      expect([key.keytype, key.id]).toEqual(['ecdsa-x509', idOf('ecdsa-x509', text)]);
      expect([key.canonicalId, key.material]).toEqual([bare.id, bare.material]);
      expect(key.verify(MESSAGE, raw(leaf.privateKey), 'ecdsa')).toBe(true);
      expect(key.verify(MESSAGE, raw(other.privateKey), 'ecdsa')).toBe(false);
    }
    const both = notaryKeyOfCertificate(leaf.cert + other.cert).certificates;
    expect(both.map(({ publicKey }) => publicKey.export({ format: 'der', type: 'spki' }))).toEqual(
      [leaf, other].map(({ privateKey }) => spki(privateKey)),
    );
  });

  it('may hold an RSA key', () => {
    const recorded = recordedRsaCertificate();
    const read = parseNotaryKey(recorded, 'k');
    const [leaf] = read.certificates;
    const text = leaf!.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    expect([read.keytype, read.canonicalId]).toEqual(['rsa-x509', idOf('rsa', text)]);
    expect(read.material).toBe(notaryKeyOf(leaf!.publicKey).material);
    const pem = Buffer.from((recorded['keyval'] as JsonObject)['public'] as string, 'base64').toString();
    expect(notaryKeyOfCertificate(pem).id).toBe(read.id);
  });

  it('stands in a chain of eight at most', () => {
    const { cert } = certificate();
    expect(notaryKeyOfCertificate(cert.repeat(8)).certificates).toHaveLength(8);
    expect(refusalOf(() => notaryKeyOfCertificate(cert.repeat(9)))).toEqual(
      refused('KEY_FORMAT', 'certificate holds more than 8 certificates'),
    );
    expect(refusalOf(() => parseNotaryKey(json('ecdsa-x509', cert.repeat(9)), 'k'))).toEqual(
      refused('KEY_FORMAT', 'k.keyval.public holds more than 8 certificates'),
    );
  });

  it('that is none is refused', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expect(refusalOf(() => parseNotaryKey(json('ecdsa-x509', broken), 'k'))).toEqual(
      refused('KEY_FORMAT', 'k.keyval.public holds a certificate that cannot be read', true),
    );
    const { cert, privateKey } = certificate();
    for (const text of ['', 'AAAA', cert.replace('\n', ''), cert.replace('\n', ' \n'), cert.slice(0, -10)]) {
      expect(refusalOf(() => parseNotaryKey(json('ecdsa-x509', text), 'k'))).toEqual(
        refused('KEY_FORMAT', 'k.keyval.public holds no certificate in PEM'),
      );
    }
    expect(refusalOf(() => notaryKeyOfCertificate('')).message).toBe(
      'key.keyval.public holds no certificate in PEM',
    );
    // Bare under the type of a certificate, and the other way round.
    expect(refusalOf(() => parseNotaryKey(json('ecdsa-x509', spki(privateKey)), 'k')).code).toBe(
      'KEY_FORMAT',
    );
    expect(refusalOf(() => parseNotaryKey(json('ecdsa', cert), 'k')).code).toBe('KEY_FORMAT');
    expect(refusalOf(() => parseNotaryKey(json('rsa-x509', cert), 'k')).message).toBe(
      'k.keyval.public must be an RSA key',
    );
  });
});

describe('a key that is refused', () => {
  it.each<[string, JsonValue, string]>([
    ['KEY_TYPE', 'dsa', 'k has the key type "dsa", which Notary does not know'],
    ['KEY_TYPE', 'x'.repeat(65), `k has the key type "${'x'.repeat(64)}", which Notary does not know`],
    ['KEY_TYPE', '', 'k has the key type "", which Notary does not know'],
    ['JSON_TYPE', null, 'k.keytype must be a string'],
  ])('%s: of the type %j', (code, keytype, message) => {
    expect(refusalOf(() => parseNotaryKey(json(keytype, ''), 'k'))).toEqual(refused(code, message));
  });

  it.each<[string, JsonValue, string]>([
    ['JSON_TYPE', null, 'k.keyval must be an object'],
    ['JSON_TYPE', {}, 'k.keyval.public must be a string'],
    ['KEY_FORMAT', { private: '', public: '' }, 'k holds a private key'],
    ['KEY_FORMAT', { private: 'c2VjcmV0', public: '' }, 'k holds a private key'],
    ['KEY_FORMAT', { public: '' }, 'k.keyval.public must be 32 bytes'],
    ['KEY_FORMAT', { private: null, public: 'AAAA' }, 'k.keyval.public must be 32 bytes'],
  ])('%s: with the value %j', (code, keyval, message) => {
    expect(refusalOf(() => parseNotaryKey({ keytype: 'ed25519', keyval }, 'k'))).toEqual(
      refused(code, message),
    );
  });

  it('is named by a path that is asked for only then', () => {
    const path = (): string => 'signed.keys';
    const keyval = { private: '', public: '' };
    expect(refusalOf(() => parseNotaryKey({ keytype: 'rsa', keyval }, path)).message).toBe(
      'signed.keys holds a private key',
    );
  });

  it('is not in base64', () => {
    const read = (text: string): unknown =>
      refusalOf(() => parseNotaryKey({ keytype: 'ecdsa', keyval: { public: text } }, 'k'));
    const noBase64 = refused('KEY_FORMAT', 'k.keyval.public must be at most 65536 characters of base64');
    const noKey = refused('KEY_FORMAT', 'k.keyval.public is not a public key that can be read', true);
    for (const text of [
      '*',
      'A',
      'AA',
      'AAA',
      'AAAA=',
      'AA=A',
      '====',
      'AAAA\n',
      '\nAAAA',
      'AA-_',
      'AA==AAAA',
      '=AAA',
    ])
      expect(read(text)).toEqual(noBase64);
    for (const text of ['', 'AAAA', '09+/', 'azAZ', 'AA==', 'AAA=', 'AAAAAAA=', 'A'.repeat(65_536)])
      expect(read(text)).toEqual(noKey);
    expect(read('A'.repeat(65_540))).toEqual(noBase64);
  });

  it.each<[string, string, () => JsonObject, string]>([
    ['KEY_FORMAT', '33 bytes', () => json('ed25519', Buffer.alloc(33, 1)), 'must be 32 bytes'],
    [
      'KEY_WEAK',
      'a point of small order',
      () => json('ed25519', Buffer.alloc(32)),
      'is a point of small order',
    ],
    ['KEY_FORMAT', 'secp256k1', () => json('ecdsa', spki(ec('secp256k1'))), 'must be a key on a NIST curve'],
    ['KEY_FORMAT', 'RSA as ECDSA', () => json('ecdsa', spki(rsa())), 'must be a key on a NIST curve'],
    ['KEY_FORMAT', 'Ed25519 as ECDSA', () => json('ecdsa', spki(ed25519())), 'must be a key on a NIST curve'],
    ['KEY_FORMAT', 'ECDSA as RSA', () => json('rsa', spki(ec('prime256v1'))), 'must be an RSA key'],
    ['KEY_WEAK', 'RSA with 1024 bits', () => json('rsa', spki(rsa(1024))), 'has 1024 bits, fewer than 2048'],
  ])('%s: %s', (code, _what, make, message) => {
    expect(refusalOf(() => parseNotaryKey(make(), 'k'))).toEqual(refused(code, `k.keyval.public ${message}`));
  });
});

describe('a signature', () => {
  it.each(NAMES)('of a key on %s: r and s of the size of the curve, by its own method', name => {
    const privateKey = ec(CURVES[name]);
    const key = notaryKeyOf(privateKey);
    const signature = raw(privateKey);
    expect(key.verify(MESSAGE, signature, 'ecdsa')).toBe(true);
    expect(key.verify(Buffer.from('another'), signature, 'ecdsa')).toBe(false);
    expect(key.verify(MESSAGE, signature)).toBe(false);
    expect(key.verify(MESSAGE, signature, 'eddsa')).toBe(false);
    for (const bytes of [signature.subarray(1), Buffer.concat([signature, Buffer.of(0)]), Buffer.alloc(0)])
      expect(key.verify(MESSAGE, bytes, 'ecdsa')).toBe(false);
    expect(key.verify(MESSAGE, sign('sha256', MESSAGE, privateKey), 'ecdsa')).toBe(false);
  });

  it('of an Ed25519 key: by eddsa only', () => {
    const privateKey = ed25519();
    const key = notaryKeyOf(privateKey);
    const signature = sign(null, MESSAGE, privateKey);
    expect(
      ['eddsa', 'ecdsa', 'ed25519', '', undefined].map(method => key.verify(MESSAGE, signature, method)),
    ).toEqual([true, false, false, false, false]);
  });

  it('of an RSA key: by one of three methods, each with its own padding', () => {
    const privateKey = rsa();
    const key = notaryKeyOf(privateKey);
    const pkcs1 = sign('sha256', MESSAGE, privateKey);
    const verdicts = (signature: Uint8Array): boolean[] =>
      ['rsapss', 'pycrypto-pkcs#1 pss', 'rsapkcs1v15', 'rsa', 'ecdsa', undefined].map(method =>
        key.verify(MESSAGE, signature, method),
      );
    expect(verdicts(pss(privateKey))).toEqual([true, true, false, false, false, false]);
    expect(verdicts(pkcs1)).toEqual([false, false, true, false, false, false]);
    expect(verdicts(pss(privateKey, 20))).toEqual([false, false, false, false, false, false]);
  });
});
