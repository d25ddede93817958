import {
  constants,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { hexFromBytes } from '../../src/crypto/hex.js';
import { parsePublicKey, publicKeyOf, type PublicKey } from '../../src/crypto/public-key.js';
import type { JsonObject } from '../../src/json/types.js';
import { ecdsa, ed25519, pairOf, rsa, type KeyPair } from './keys.js';

const message = new TextEncoder().encode('message');
const other = new TextEncoder().encode('messagf');
const parse = (keytype: string, scheme: string, text: string): PublicKey =>
  parsePublicKey({ keytype, scheme, keyval: { public: text } }, 'key');
const refused = (code: string, message: string): object => expect.objectContaining({ code, message });
const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();
const P256 = 'ecdsa-sha2-nistp256';
const PSS = 'rsassa-pss-sha256';

const pairs: Record<string, KeyPair> = { ed25519: ed25519('a'), [P256]: ecdsa(), [PSS]: rsa() };
const others: Record<string, KeyPair> = { ed25519: ed25519('b'), [P256]: ecdsa(), [PSS]: rsa() };

describe.each(Object.entries(pairs))('%s', (scheme, pair) => {
  it('verifies its own signatures and no others', () => {
    const signature = pair.sign(message);
    expect(pair.key.verify(message, signature)).toBe(true);
    expect(pair.key.verify(other, signature)).toBe(false);
    expect(
      pair.key.verify(
        message,
        signature.map((byte, i) => (i === signature.length - 1 ? byte ^ 1 : byte)),
      ),
    ).toBe(false);
    expect(pair.key.verify(message, signature.subarray(1))).toBe(false);
    expect(pair.key.verify(message, new Uint8Array([...signature, 0]))).toBe(false);
    expect(pair.key.verify(message, new Uint8Array())).toBe(false);
  });

  it('never throws on a malformed signature', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(pair.key.verify(message, bytes)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('is one key beside another of its kind', () => {
    const stranger = others[scheme]!;
    expect(stranger.key.material).not.toBe(pair.key.material);
    expect(stranger.key.id).not.toBe(pair.key.id);
    expect(pair.key.verify(message, stranger.sign(message))).toBe(false);
  });

  it('is written as it was read, unrecognised members included', () => {
    const json = { ...pair.key.toJson(), 'x-note': ['kept'] };
    const again = parsePublicKey(json, 'key');
    expect(again.toJson()).toEqual(json);
    expect(again).toMatchObject({ scheme, keytype: pair.key.keytype, keyval: pair.key.keyval });
    expect(again.material).toBe(pair.key.material);
    expect(again.id).not.toBe(pair.key.id);
  });
});

describe('key ids', () => {
  it('are the SHA-256 of the canonical JSON of the key, as securesystemslib makes them', () => {
    // RFC 8032 §7.1 TEST 1; printf '{"keytype":"ed25519",…}' | sha256sum
    const key = parse(
      'ed25519',
      'ed25519',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(key.id).toBe('74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916');
  });
});

describe('Ed25519 keys', () => {
  it('verify the first vector of RFC 8032 §7.1', () => {
    const key = parse(
      'ed25519',
      'ed25519',
      'D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A',
    );
    const signature =
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';
    expect(key.verify(new Uint8Array(), Buffer.from(signature, 'hex'))).toBe(true);
    expect(key.material).toBe('ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  });

  it.each(['', 'zz'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33), 'a'.repeat(63), `0x${'ab'.repeat(31)}`])(
    'must be 32 bytes in hex: %s',
    text => {
      expect(() => parse('ed25519', 'ed25519', text)).toThrowError(
        refused('KEY_FORMAT', 'key.keyval.public must be 32 bytes in hex'),
      );
    },
  );
});

describe('P-256 keys', () => {
  const pair = pairs[P256]!;
  const text = pem(createPublicKey(pair.privateKey));

  it.each(['ecdsa', P256])('are taken under the key type %s', keytype => {
    const key = parse(keytype, P256, text);
    expect(key.verify(message, pair.sign(message))).toBe(true);
    expect(key.material).toBe(pair.key.material);
  });

  it('are one key, compressed or not', () => {
    const der = createPublicKey(pair.privateKey).export({ format: 'der', type: 'spki' });
    const x = der.subarray(27, 59);
    const sign = der[der.length - 1]! & 1;
    const prefix = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');
    const compressed = Buffer.concat([prefix, Buffer.of(2 + sign), x]).toString('base64');
    const key = parse('ecdsa', P256, `-----BEGIN PUBLIC KEY-----\n${compressed}\n-----END PUBLIC KEY-----`);
    expect(key.material).toBe(pair.key.material);
    expect(key.verify(message, pair.sign(message))).toBe(true);
  });

  it('do not take the other encoding of signatures', () => {
    const raw = sign('sha256', message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(pair.key.verify(message, raw)).toBe(false);
  });

  it.each(['P-384', 'secp256k1'])('must be on their curve: not %s', namedCurve => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    expect(() => parse('ecdsa', P256, pem(publicKey))).toThrowError(
      refused('KEY_FORMAT', 'key.keyval.public must be a key on the curve P-256'),
    );
    expect(() => publicKeyOf(publicKey)).toThrowError(
      refused('KEY_TYPE', 'a key of type ec is not supported'),
    );
  });
});

describe('RSA keys', () => {
  const pair = pairs[PSS]!;
  const text = pem(createPublicKey(pair.privateKey));

  it.each([0, 20, 32, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN])('verify with a salt of %d', saltLength => {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const signature = sign('sha256', message, { key: pair.privateKey, padding, saltLength });
    expect(parse('rsa', PSS, text).verify(message, signature)).toBe(true);
  });

  it('do not take PKCS #1 v1.5 signatures, nor another hash', () => {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    expect(pair.key.verify(message, sign('sha256', message, pair.privateKey))).toBe(false);
    expect(pair.key.verify(message, sign('sha512', message, { key: pair.privateKey, padding }))).toBe(false);
  });

  it('must have 2048 bits', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 2047 }).publicKey;
    expect(() => parse('rsa', PSS, pem(weak))).toThrowError(
      refused('KEY_WEAK', 'key.keyval.public has 2047 bits, fewer than 2048'),
    );
    expect(parse('rsa', PSS, text).material).toBe(pair.key.material);
  });

  const withNumbers = (n: Buffer, e: string): string =>
    pem(createPublicKey({ key: { kty: 'RSA', n: n.toString('base64url'), e }, format: 'jwk' }));

  it('must have at most 8192 bits', () => {
    const odd = (bytes: number): Buffer => Buffer.alloc(bytes, 0xff);
    expect(parse('rsa', PSS, withNumbers(odd(1024), 'AQAB')).scheme).toBe(PSS);
    expect(() => parse('rsa', PSS, withNumbers(odd(1025), 'AQAB'))).toThrowError(
      refused('KEY_FORMAT', 'key.keyval.public has 8200 bits, more than 8192'),
    );
  });

  it.each([
    ['AQ', 1],
    ['Ag', 2],
    ['BA', 4],
  ])('must not have an exponent under which anybody signs: %s', (e, exponent) => {
    expect(() => parse('rsa', PSS, withNumbers(Buffer.alloc(256, 0xff), e))).toThrowError(
      refused('KEY_WEAK', `key.keyval.public has the public exponent ${exponent}`),
    );
  });

  it('may have the exponent 3', () => {
    expect(parse('rsa', PSS, withNumbers(Buffer.alloc(256, 0xff), 'Aw')).scheme).toBe(PSS);
  });

  it('must be plain RSA keys', () => {
    expect(() => parse('rsa', PSS, pem(createPublicKey(pairs[P256]!.privateKey)))).toThrowError(
      refused('KEY_FORMAT', 'key.keyval.public must be an RSA key'),
    );
    const restricted = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey;
    expect(() => parse('rsa', PSS, pem(restricted))).toThrowError(
      refused('KEY_FORMAT', 'key.keyval.public must be an RSA key'),
    );
  });
});

describe('PEM', () => {
  const { privateKey } = pairs[P256]!;
  const text = pem(createPublicKey(privateKey));
  const cases: Record<string, string> = {
    'a private key': privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    'two keys': text + text,
    'text around': `x\n${text}`,
    nothing: '',
    'too much': text.replace('\n-----END', `${'\n'.repeat(16_384)}-----END`),
    PKCS1: createPublicKey(pairs[PSS]!.privateKey).export({ format: 'pem', type: 'pkcs1' }).toString(),
  };

  it.each(Object.entries(cases))('must be one public key: not %s', (_name, wrong) => {
    expect(() => parse('ecdsa', P256, wrong)).toThrowError(
      refused('KEY_FORMAT', 'key.keyval.public must be one PEM block "PUBLIC KEY"'),
    );
  });

  it('must hold what it says', () => {
    expect(() =>
      parse('ecdsa', P256, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
    ).toThrowError(
      expect.objectContaining({
        code: 'KEY_FORMAT',
        message: 'key.keyval.public is not a public key that can be read',
        cause: expect.any(Error),
      }),
    );
  });

  it('may have 16,384 characters', () => {
    const padded = text.padEnd(16_384, '\n');
    expect(parse('ecdsa', P256, padded).material).toBe(pairs[P256]!.key.material);
    expect(() => parse('ecdsa', P256, `${padded}\n`)).toThrowError(
      refused('KEY_FORMAT', 'key.keyval.public must be one PEM block "PUBLIC KEY"'),
    );
  });

  it('may have other line ends', () => {
    expect(parse('ecdsa', P256, `\r\n${text.replaceAll('\n', '\r\n')}\n`).material).toBe(
      pairs[P256]!.key.material,
    );
  });
});

describe('scheme bound to the key (CVE-2015-9258)', () => {
  it.each([
    ['rsa', 'ed25519'],
    ['ed25519', P256],
    ['ecdsa', PSS],
    ['rsa', 'rsa-pkcs1v15-sha256'],
    ['ecdsa-sha2-nistp384', P256],
    ['__proto__', 'ed25519'],
    ['sphincs', 'constructor'],
  ])('refuses the key type %s with the scheme %s', (keytype, scheme) => {
    expect(() => parse(keytype, scheme, '')).toThrowError(
      refused('KEY_TYPE', `key has key type "${keytype}" with scheme "${scheme}", which is not supported`),
    );
  });
});

describe('publicKeyOf', () => {
  it.each(Object.entries(pairs))(
    'gives the same key for the private and the public half: %s',
    (scheme, pair) => {
      const fromPublic = publicKeyOf(createPublicKey(pair.privateKey));
      expect(fromPublic.toJson()).toEqual(publicKeyOf(pair.privateKey).toJson());
      expect(fromPublic.scheme).toBe(scheme);
      expect(pairOf(pair.privateKey).key.id).toBe(fromPublic.id);
    },
  );

  it('writes what others write: hex, PEM without a last line break, the key types of today', () => {
    expect(publicKeyOf(ed25519('x').privateKey).toJson()).toEqual({
      keytype: 'ed25519',
      scheme: 'ed25519',
      keyval: { public: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const ec = pairs[P256]!.key.toJson() as { keytype: string; keyval: { public: string } };
    expect(ec.keytype).toBe('ecdsa');
    expect(ec.keyval.public).toMatch(/^-----BEGIN PUBLIC KEY-----\n[^]+-----END PUBLIC KEY-----$/);
    expect(pairs[PSS]!.key.keytype).toBe('rsa');
  });

  it('takes no key that is too weak to be read back', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 2047 }).privateKey;
    expect(() => publicKeyOf(weak)).toThrowError(
      refused('KEY_WEAK', 'key.keyval.public has 2047 bits, fewer than 2048'),
    );
  });

  it('refuses other kinds', () => {
    const x = generateKeyPairSync('x25519').privateKey;
    expect(() => publicKeyOf(x)).toThrowError(refused('KEY_TYPE', 'a key of type x25519 is not supported'));
    expect(() => publicKeyOf(createSecretKey(Buffer.alloc(32)))).toThrowError(
      refused('KEY_TYPE', 'a key of type secret is not supported'),
    );
  });

  it('names the key itself by its numbers', () => {
    const { x, y } = createPublicKey(pairs[P256]!.privateKey).export({ format: 'jwk' });
    const { n, e } = createPublicKey(pairs[PSS]!.privateKey).export({ format: 'jwk' });
    expect(pairs[P256]!.key.material).toBe(`p256:${x}.${y}`);
    expect(pairs[PSS]!.key.material).toBe(`rsa:${n}.${e}`);
  });
});

describe('shape', () => {
  it.each<[JsonObject, string]>([
    [{ scheme: 'ed25519', keyval: {} }, 'key.keytype must be a string'],
    [{ keytype: 'ed25519', keyval: {} }, 'key.scheme must be a string'],
    [{ keytype: 'ed25519', scheme: 'ed25519' }, 'key.keyval must be an object'],
    [{ keytype: 'ed25519', scheme: 'ed25519', keyval: {} }, 'key.keyval.public must be a string'],
  ])('%j', (json, text) => {
    expect(() => parsePublicKey(json, 'key')).toThrowError(refused('JSON_TYPE', text));
  });

  it('is what node itself says of the signature', () => {
    const pair = ed25519('check');
    const signature = pair.sign(message);
    const key = createPublicKey(pair.privateKey);
    expect(pair.key.verify(message, signature)).toBe(verify(null, message, key, signature));
    expect(hexFromBytes(signature)).toHaveLength(128);
  });
});
