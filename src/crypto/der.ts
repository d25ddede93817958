/** A writer of DER (ITU-T X.690 §10 and §11), as much of it as a certificate needs. Every function gives one whole element. */
import { WritError } from '../errors.js';

/** Tags, X.680 §8.6. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** One element: tag, definite length in the shortest form, content. X.690 §8.1.3 and §10.1. */
function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Buffer.of(length);
  const bytes = unsignedBytes(BigInt(length));
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

/** Big endian, no leading zero byte except for zero itself. */
function unsignedBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

export const derSequence = (...elements: readonly Uint8Array[]): Uint8Array =>
  element(TAG.sequence, ...elements);

/** SET OF: the elements in ascending order of their bytes. X.690 §11.6. */
export const derSet = (...elements: readonly Uint8Array[]): Uint8Array =>
  element(TAG.set, ...elements.toSorted((a, b) => Buffer.compare(a, b)));

/** A non-negative INTEGER; a leading zero byte keeps the sign. X.690 §8.3. */
export function derInteger(value: bigint): Uint8Array {
  if (value < 0n) throw new WritError('INTERNAL', 'only non-negative integers are written as DER');
  const bytes = unsignedBytes(value);
  return element(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0), bytes);
}

/** X.690 §11.1: true is 0xff. */
export const derBoolean = (value: boolean): Uint8Array => element(TAG.boolean, Buffer.of(value ? 0xff : 0));

export const derNull = (): Uint8Array => element(TAG.null);

export const derOctets = (bytes: Uint8Array): Uint8Array => element(TAG.octetString, bytes);

export const derUtf8 = (text: string): Uint8Array => element(TAG.utf8String, Buffer.from(text));

/** A BIT STRING; `unused` (0 to 7) low bits of the last byte do not count and must be zero. X.690 §8.6. */
export const derBits = (bytes: Uint8Array, unused = 0): Uint8Array =>
  element(TAG.bitString, Buffer.of(unused), bytes);

/** An OBJECT IDENTIFIER from its dotted form. X.690 §8.19. */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.oid, ...[first * 40 + second, ...rest].map(base128));
}

function base128(value: number): Uint8Array {
  const bytes = [value & 0x7f];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    bytes.unshift((left & 0x7f) | 0x80);
  }
  return Buffer.from(bytes);
}

/** A time to the second: UTCTime up to 2049, GeneralizedTime from 2050 on. RFC 5280 §4.1.2.5. */
export function derTime(time: Date): Uint8Array {
  const digits = `${time.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return time.getUTCFullYear() < 2050
    ? element(TAG.utcTime, Buffer.from(digits.slice(2)))
    : element(TAG.generalizedTime, Buffer.from(digits));
}

/** `[number]` IMPLICIT over a primitive: the content alone. X.690 §8.14. */
export const derImplicit = (number: number, content: Uint8Array): Uint8Array =>
  element(CONTEXT | number, content);

/** `[number]` EXPLICIT, or IMPLICIT over a constructed type: the elements inside. */
export const derTagged = (number: number, ...elements: readonly Uint8Array[]): Uint8Array =>
  element(CONTEXT | CONSTRUCTED | number, ...elements);
