import { describe, expect, it } from 'vitest';
import {
  digestBytes,
  digestHex,
  isDigestAlgorithm,
  isDigestText,
  sha256Hex,
} from '../../src/crypto/digest.js';
import { derOfPair } from '../../src/crypto/ecdsa-pair.js';
import { bytesFromHex, hexFromBytes } from '../../src/crypto/hex.js';
import { parseKeyId } from '../../src/crypto/key-id.js';

const ABC = new TextEncoder().encode('abc');
const SHA256_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('digests', () => {
  it('are those of FIPS 180-4', () => {
    expect(sha256Hex(ABC)).toBe(SHA256_ABC);
    expect(digestHex('sha256', ABC)).toBe(SHA256_ABC);
    expect(digestHex('sha512', ABC)).toMatch(/^ddaf35a193617abacc417349ae204131.{80}2a9ac94fa54ca49f$/);
  });

  it('have their length in bytes', () => {
    expect([digestBytes('sha256'), digestBytes('sha512')]).toEqual([32, 64]);
  });

  it('are known by name, own names only', () => {
    expect(['sha256', 'sha512', 'sha1', 'SHA256', 'constructor'].map(isDigestAlgorithm)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('are written in lower-case hex of their length', () => {
    expect(isDigestText('sha256', SHA256_ABC)).toBe(true);
    expect(isDigestText('sha512', SHA256_ABC)).toBe(false);
    expect(isDigestText('sha512', SHA256_ABC + SHA256_ABC)).toBe(true);
    expect(isDigestText('sha256', SHA256_ABC.toUpperCase())).toBe(false);
    expect(isDigestText('sha256', `../${SHA256_ABC.slice(3)}`)).toBe(false);
    expect(isDigestText('sha256', `${SHA256_ABC.slice(1)}\n`)).toBe(false);
  });
});

describe('hex', () => {
  it.each([
    ['', []],
    ['00ff', [0, 255]],
    ['aBCd', [0xab, 0xcd]],
  ])('reads %j', (text, bytes) => {
    expect(bytesFromHex(text)).toEqual(Uint8Array.from(bytes));
  });

  it.each(['0', 'abc', '0g', 'ab ', ' ab', 'ab\n', '0x00'])('refuses %j', text => {
    expect(bytesFromHex(text)).toBeUndefined();
  });

  it('writes lower case, of a view as of a whole', () => {
    expect(hexFromBytes(Uint8Array.of(0xab, 0x0c, 0xff).subarray(1))).toBe('0cff');
  });
});

describe('a pair of 32 bytes', () => {
  const pair = (r: string, s: string): Uint8Array =>
    Buffer.from(r.padStart(64, '0') + s.padStart(64, '0'), 'hex');

  it('is two integers in DER: as short as they go, never negative', () => {
    const high = `80${'00'.repeat(31)}`;
    expect(hexFromBytes(derOfPair(pair('01', 'ff')) ?? new Uint8Array())).toBe('3007020101020200ff');
    expect(hexFromBytes(derOfPair(pair(high, '00')) ?? new Uint8Array())).toBe(`3026022100${high}020100`);
  });

  it.each([0, 63, 65, 128])('has 64 bytes, not %d', length => {
    expect(derOfPair(new Uint8Array(length))).toBeUndefined();
  });
});

describe('key ids', () => {
  it.each(['a', 'x'.repeat(256), 'not hex at all', '../é'])('may be any printable text: %s', text => {
    expect(parseKeyId(text)).toBe(text);
  });

  it.each(['', 'x'.repeat(257), 'a\nb', 'a\u0000', 'a\u007f', 'a\ud800'])('but not %j', text => {
    expect(() => parseKeyId(text)).toThrowError(
      expect.objectContaining({
        code: 'KEY_FORMAT',
        message: `a key id must have 1 to 256 printable characters, this one has ${text.length}`,
      }),
    );
  });
});
