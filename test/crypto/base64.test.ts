import { describe, expect, it } from 'vitest';
import { base64Of, bytesOfBase64, hexOfBase64 } from '../../src/crypto/base64.js';

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

describe('base64 of a known length', () => {
  it.each([1, 2, 3, 31, 32, 33, 64])('is read into hex: %d bytes', length => {
    const bytes = Uint8Array.from({ length }, (_, i) => 255 - i);
    const text = base64Of(bytes);
    expect(hexOfBase64(text, length)).toBe(Buffer.from(bytes).toString('hex'));
    for (const other of [length - 1, length + 1].filter(one => one > 0))
      expect(hexOfBase64(text, other)).toBeUndefined();
  });

  it.each(['', 'AA=', 'AA==A', 'A===', '=AA=', 'AA*=', 'AA=\n', '\nAA=', 'AA-=', 'AAAA', ' AA='])(
    'of one byte, %j, is none',
    text => {
      expect(hexOfBase64(text, 1)).toBeUndefined();
    },
  );

  it.each(['AA=A', '*AAA', 'AAA*', 'A AA', 'AA==', 'AAA='])('of three bytes, %j, is none', text => {
    expect(hexOfBase64(text, 3)).toBeUndefined();
  });
});
