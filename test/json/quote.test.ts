import { describe, expect, it } from 'vitest';
import { quote } from '../../src/json/quote.js';

describe('quote', () => {
  it('shows 80 characters whole and cuts 81', () => {
    expect(quote('a'.repeat(80))).toBe(`"${'a'.repeat(80)}"`);
    expect(quote('a'.repeat(81))).toBe(`"${'a'.repeat(80)}..."`);
  });

  it('leaves nothing but printable ASCII', () => {
    expect(quote('\u001b[31m"\\\u00e9\u{1f433}~ ')).toBe('"\\u001b[31m\\"\\\\\\u00e9\\ud83d\\udc33~ "');
  });
});
