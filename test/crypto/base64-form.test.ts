import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { bytesOfBase64, isBase64Of } from '../../src/crypto/base64.js';

const byteCount = (text: string): number | undefined => bytesOfBase64(text)?.length;

describe('isBase64Of', () => {
  it('takes what is written for so many bytes, and no other length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 70 }),
        fc.integer({ min: 1, max: 70 }),
        (bytes, length) => {
          expect(isBase64Of(Buffer.from(bytes).toString('base64'), length)).toBe(bytes.length === length);
        },
      ),
    );
  });

  it('agrees with the reader of base64 on texts that were changed in one place', () => {
    const change = fc.constantFrom('=', '-', '_', ' ', '\n', 'é', '/', '+', 'A', '\u0141');
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 66 }),
        fc.nat(),
        change,
        (bytes, at, character) => {
          const text = Buffer.from(bytes).toString('base64');
          const place = at % text.length;
          const changed = text.slice(0, place) + character + text.slice(place + 1);
          expect(isBase64Of(changed, bytes.length)).toBe(byteCount(changed) === bytes.length);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
