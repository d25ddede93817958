/** Odd keys: what is refused, checked with the arithmetic of a second implementation. */
import { createHash } from 'node:crypto';
import * as noble from '@noble/ed25519';
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { bytesFromHex, hexFromBytes } from '../../src/crypto/hex.js';
import { parsePublicKey, type PublicKey } from '../../src/crypto/public-key.js';
import { ed25519 } from './keys.js';

noble.hashes.sha512 = (message: Uint8Array) => new Uint8Array(createHash('sha512').update(message).digest());

const P = 2n ** 255n - 19n;
const SIGN = 2n ** 255n;
const hexOf = (y: bigint): string =>
  hexFromBytes(Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse());
const parse = (text: string): PublicKey =>
  parsePublicKey({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: text } }, 'key');

/** The eight points of small order: multiples of one of order 8 (RFC 7748 §5 lists its y). */
function smallOrder(): string[] {
  const generator = noble.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
  const points = [generator];
  for (let i = 1; i < 8; i++) points.push(points[i - 1]!.add(generator));
  return points.map(point => point.toHex());
}

describe('odd Ed25519 keys', () => {
  it('there are eight points of small order, and all are refused', () => {
    const points = smallOrder();
    expect(new Set(points).size).toBe(8);
    for (const text of points) {
      expect(noble.Point.fromHex(text).isSmallOrder()).toBe(true);
      expect(() => parse(text)).toThrowError(
        expect.objectContaining({ code: 'KEY_WEAK', message: 'key.keyval.public is a point of small order' }),
      );
    }
  });

  it.each([1n + SIGN, P - 1n + SIGN, SIGN])('with the wrong sign of x = 0 too: %s', y => {
    expect(() => parse(hexOf(y))).toThrowError(expect.objectContaining({ code: 'KEY_WEAK' }));
  });

  it('a y beyond the prime is refused with either sign, the last below it is not', () => {
    for (let y = P; y < SIGN; y++) {
      for (const text of [hexOf(y), hexOf(y + SIGN)]) {
        expect(() => parse(text)).toThrowError(
          expect.objectContaining({
            code: 'KEY_WEAK',
            message: 'key.keyval.public is not the canonical encoding of a point',
          }),
        );
      }
    }
    expect(parse(hexOf(P - 2n)).material).toBe(`ed25519:${hexOf(P - 2n)}`);
  });

  it('accepts none of the 196 signatures that hold under small-order keys (ZIP 215)', () => {
    // A and R each in all 14 encodings of points of small order, S = 0: a verifier with cofactor takes every one.
    const odd = [1n + SIGN, P - 1n + SIGN, P, P + SIGN, P + 1n, P + 1n + SIGN].map(hexOf);
    const encodings = [...smallOrder(), ...odd];
    const message = new TextEncoder().encode('Zcash');
    let tried = 0;
    for (const a of encodings) {
      for (const r of encodings) {
        tried++;
        const signature = bytesFromHex(r + '00'.repeat(32))!;
        expect(noble.verify(signature, message, bytesFromHex(a)!, { zip215: true })).toBe(true);
        expect(() => parse(a).verify(message, signature)).toThrowError(
          expect.objectContaining({ code: 'KEY_WEAK' }),
        );
      }
    }
    expect(tried).toBe(196);
  });

  it('agrees with noble on good and on broken signatures, where both points are torsion-free', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(63),
        fc.nat(7),
        (name, message, at, bit) => {
          const pair = ed25519(name);
          const good = pair.sign(message);
          const broken = good.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
          const key = bytesFromHex(pair.key.material.slice('ed25519:'.length))!;
          for (const signature of [good, broken]) {
            const verdict = pair.key.verify(message, signature);
            expect(verdict).toBe(noble.verify(signature, message, key, { zip215: false }));
            expect(verdict).toBe(signature === good);
          }
          expect(noble.Point.fromBytes(key).isTorsionFree()).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });
});
