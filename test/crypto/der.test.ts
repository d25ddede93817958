import { describe, expect, it } from 'vitest';
import fc from '../support/property.js';
import {
  derBits,
  derBoolean,
  derImplicit,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derTagged,
  derTime,
  derUtf8,
} from '../../src/crypto/der.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  it.each([
    [0n, '020100'],
    [1n, '020101'],
    [127n, '02017f'],
    [128n, '02020080'],
    [255n, '020200ff'],
    [256n, '02020100'],
    [32768n, '0203008000'],
  ])('writes the integer %s in the fewest bytes and never negative', (value, expected) => {
    expect(hex(derInteger(value))).toBe(expected);
  });

  it('refuses a negative integer, which nothing here needs', () => {
    expect(() => derInteger(-1n)).toThrow('only non-negative integers are written as DER');
  });

  it('writes NULL as nothing', () => {
    expect(hex(derNull())).toBe('0500');
  });

  it('writes booleans as 00 and ff', () => {
    expect(hex(derBoolean(true))).toBe('0101ff');
    expect(hex(derBoolean(false))).toBe('010100');
  });

  it.each([
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['2.5.29.17', '0603551d11'],
    ['1.3.6.1.5.5.7.3.1', '06082b06010505070301'],
    ['1.3.101.112', '06032b6570'],
    ['1.2.128', '06032a8100'],
  ])('writes the object identifier %s', (dotted, expected) => {
    expect(hex(derOid(dotted))).toBe(expected);
  });

  it('writes lengths in the shortest form', () => {
    expect(hex(derOctets(Buffer.alloc(127))).slice(0, 4)).toBe('047f');
    expect(hex(derOctets(Buffer.alloc(128))).slice(0, 6)).toBe('048180');
    expect(hex(derOctets(Buffer.alloc(255))).slice(0, 6)).toBe('0481ff');
    expect(hex(derOctets(Buffer.alloc(256))).slice(0, 8)).toBe('04820100');
    expect(hex(derOctets(Buffer.alloc(65_536))).slice(0, 10)).toBe('0483010000');
  });

  it('says of any content how long it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        const written = derOctets(bytes);
        expect(hex(written.subarray(written.length - bytes.length))).toBe(hex(bytes));
        const header = written.length - bytes.length;
        expect(header).toBe(bytes.length < 128 ? 2 : bytes.length < 256 ? 3 : 4);
      }),
    );
  });

  it('keeps the order of a sequence and sorts a set', () => {
    const [two, one] = [derInteger(2n), derInteger(1n)];
    expect(hex(derSequence(two, one))).toBe('3006020102020101');
    expect(hex(derSet(two, one))).toBe('3106020101020102');
  });

  it('writes text as UTF-8', () => {
    expect(hex(derUtf8('né'))).toBe('0c036ec3a9');
  });

  it('writes bit strings with the count of unused bits first', () => {
    expect(hex(derBits(Buffer.of(0x80), 7))).toBe('03020780');
    expect(hex(derBits(Buffer.of(0xff)))).toBe('030200ff');
  });

  it('writes times as RFC 5280 wants them: two-digit years until 2049', () => {
    const ascii = (time: string): string => Buffer.from(derTime(new Date(time))).toString('latin1');
    expect(ascii('2026-03-04T05:06:07.890Z')).toBe('\x17\x0d260304050607Z');
    expect(ascii('2049-12-31T23:59:59Z')).toBe('\x17\x0d491231235959Z');
    expect(ascii('2050-01-01T00:00:00Z')).toBe('\x18\x0f20500101000000Z');
  });

  it('writes context tags, primitive and constructed', () => {
    expect(hex(derImplicit(2, Buffer.from('a')))).toBe('820161');
    expect(hex(derTagged(3, derInteger(1n)))).toBe('a303020101');
  });
});
