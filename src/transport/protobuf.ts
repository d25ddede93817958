/**
 * Protocol Buffers, as far as the messages of notary-signer go: strings, bytes, messages and one enumeration.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { WritError } from '../errors.js';

/** The value of a field: a length-delimited one as its bytes, an integer as itself. */
type FieldValue = Uint8Array | number;
type Fields = ReadonlyMap<number, FieldValue>;

const LENGTH_DELIMITED = 2;
/** No message that is read here has more. */
const MAX_FIELDS = 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Writes a message; what is empty is left out, as proto3 has it.
 *
 * @param fields - by number, 1 to 15: text, bytes, or a message that was written before
 */
export function writeMessage(fields: Readonly<Record<number, string | Uint8Array>>): Uint8Array {
  const parts = Object.entries(fields).flatMap(([number, value]) => {
    const bytes = Buffer.from(value);
    return bytes.length === 0
      ? []
      : [Buffer.from([(Number(number) << 3) | LENGTH_DELIMITED, ...varint(bytes.length)]), bytes];
  });
  return Buffer.concat(parts);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/**
 * The fields of a message, by number. Stricter than the format: a field may stand once, and integers are at most 2^53.
 *
 * @throws WritError SIGNER_ANSWER for what is no message, or has more than 64 fields
 */
export function readMessage(bytes: Uint8Array): Fields {
  const fields = new Map<number, FieldValue>();
  const reader = new Reader(bytes);
  while (!reader.done) {
    const [number, value] = reader.field();
    if (fields.has(number) || fields.size >= MAX_FIELDS) throw malformed();
    fields.set(number, value);
  }
  return fields;
}

/** @throws WritError SIGNER_ANSWER when the field is an integer; no bytes when it is not there */
export function bytesAt(fields: Fields, number: number): Uint8Array {
  const value = fields.get(number) ?? new Uint8Array();
  if (typeof value === 'number') throw malformed();
  return value;
}

/** @throws WritError SIGNER_ANSWER when the field is no UTF-8; empty when it is not there */
export function textAt(fields: Fields, number: number): string {
  try {
    return UTF8.decode(bytesAt(fields, number));
  } catch {
    throw malformed();
  }
}

/** @throws WritError SIGNER_ANSWER when the field is none; 0 when it is not there */
export function integerAt(fields: Fields, number: number): number {
  const value = fields.get(number) ?? 0;
  if (typeof value !== 'number') throw malformed();
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  field(): readonly [number, FieldValue] {
    const tag = this.#varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw malformed();
    switch (tag % 8) {
      case 0:
        return [number, this.#varint()];
      case 1:
        return [number, this.#take(8)];
      case LENGTH_DELIMITED:
        return [number, this.#take(this.#varint())];
      case 5:
        return [number, this.#take(4)];
      default:
        throw malformed();
    }
  }

  #varint(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw malformed();
      if (byte < 0x80) return value;
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw malformed();
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

const malformed = (): WritError =>
  new WritError('SIGNER_ANSWER', 'the signer answered with what is no message of its protocol');
