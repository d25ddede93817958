import { describe, expect, it } from 'vitest';
import { base64Of, bytesOfBase64 } from '../../src/crypto/base64.js';

describe('base64', () => {
  it.each([
    ['', []],
    ['AA==', [0]],
    ['AAE=', [0, 1]],
    ['azAZ', [0x6b, 0x30, 0x19]],
    ['09+/', [0xd3, 0xdf, 0xbf]],
    ['AAECAwQ=', [0, 1, 2, 3, 4]],
  ])('reads %j, and writes it so', (text, bytes) => {
    expect(bytesOfBase64(text)).toEqual(Uint8Array.from(bytes));
    expect(base64Of(Uint8Array.from(bytes))).toBe(text);
  });

  it('writes the bytes of a view', () => {
    expect(base64Of(Uint8Array.of(9, 0, 1, 9).subarray(1, 3))).toBe('AAE=');
  });

  it.each([
    'A',
    'AA',
    'AAA',
    'A===',
    '=AAA',
    'AA=A',
    'AA==AAAA',
    'AAAA=',
    '====',
    'AA-_',
    'AA A',
    'AAAA\n',
    '\nAAAA',
  ])('refuses %j', text => {
    expect(bytesOfBase64(text)).toBeUndefined();
  });
});
