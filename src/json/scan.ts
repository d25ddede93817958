/**
 * One pass over the text of a JSON document, for what JSON.parse hides: nesting, numbers that it bends, keys that
 * stand twice, and whether a part is canonical already. Exact for what is JSON; the rest JSON.parse refuses.
 */
import { WritError } from '../errors.js';
import { rank } from './order.js';

/** The deepest nesting that can be scanned. */
export const MAX_DEPTH = 64;

export interface ScanOptions {
  readonly maxDepth: number;
  readonly numbers: 'integer' | 'any';
  /** The key of a member of the outermost object whose canonical text is wanted. */
  readonly member?: string | undefined;
}

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
const OPEN_OBJECT = 0x7b;

/** What a character begins that stands outside of strings; 0 where there is nothing to do. */
const KIND = new Uint8Array(0x80);
const STRING = 1;
const NEXT = 2;
const OPEN = 3;
const CLOSE = 4;
const SPACE = 5;
const NUMBER = 6;
for (const [kind, characters] of ['', '"', ',', '{[', '}]', ' \t\n\r', '-0123456789'].entries()) {
  for (let i = 0; i < characters.length; i++) KIND[characters.charCodeAt(i)] = kind;
}

/** A number of so many characters is within ±(2^53 − 1). */
const SAFE_DIGITS = 15;

/** So many keys of one object are compared with each other; longer objects must ascend, or are doubtful. */
const COMPARED = 32;

// The objects that are open, by depth. A scan calls nobody back, so one set serves them all.
const ARRAY = -1;
/** Keys so far, or ARRAY. */
const counts = new Int32Array(MAX_DEPTH + 1);
/** 1 while each key is greater than the one before. */
const ascending = new Uint8Array(MAX_DEPTH + 1);
/** Where the keys begin, the first COMPARED of each object. */
const starts = new Int32Array((MAX_DEPTH + 1) * COMPARED);
/** Equal for equal keys. */
const marks = new Int32Array((MAX_DEPTH + 1) * COMPARED);
const lastStart = new Int32Array(MAX_DEPTH + 1);
const lastEnd = new Int32Array(MAX_DEPTH + 1);

/** What a scan found. */
export class Scan {
  /** How many keys are written. */
  keys = 0;
  /** False: no object has a key twice. True: one may have. */
  doubtful = false;
  /** Whether there are escapes other than `\\"` and `\\\\`. */
  escapes = false;
  /** Where the wanted member stands, if it is an object and written as canonical JSON would write it. */
  canonical: { readonly start: number; readonly end: number } | undefined;
  readonly #text: string;
  readonly #member: string | undefined;
  readonly #integers: boolean;
  /** The last place that canonical JSON would write in another way, as far as is known. */
  #deviation = 0;
  #memberStart = 0;

  /** @throws WritError JSON_DEPTH, JSON_NUMBER */
  constructor(text: string, { maxDepth, numbers, member }: ScanOptions) {
    this.#text = text;
    this.#member = member;
    this.#integers = numbers === 'integer';
    this.#readEscapes();
    this.#run(Math.min(maxDepth, MAX_DEPTH));
  }

  #readEscapes(): void {
    const text = this.#text;
    for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 2)) {
      const escaped = text.charCodeAt(at + 1);
      if (escaped !== QUOTE && escaped !== BACKSLASH) this.escapes = true;
      this.#deviation = at;
    }
    // One key can then be written in two ways.
    this.doubtful = this.escapes;
  }

  #run(maxDepth: number): void {
    const text = this.#text;
    let depth = 0;
    let atKey = false;
    counts[0] = ARRAY;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      switch (KIND[code & 0x7f]) {
        case STRING: {
          const end = endOfString(text, i);
          if (atKey) this.#key(i + 1, end, depth);
          atKey = false;
          i = end;
          break;
        }
        case NEXT:
          atKey = counts[depth] !== ARRAY;
          break;
        case OPEN:
          if (++depth > maxDepth) throw tooDeep(maxDepth, i);
          atKey = code === OPEN_OBJECT;
          counts[depth] = atKey ? 0 : ARRAY;
          ascending[depth] = 1;
          break;
        case CLOSE:
          if (depth > 0) depth--;
          if (depth === 1) this.#endMember(i + 1);
          break;
        case SPACE:
          this.#deviation = i;
          break;
        case NUMBER:
          i = this.#number(i);
          break;
        default: // a colon, a letter of true, false and null, or no JSON
      }
    }
  }

  #key(start: number, end: number, depth: number): void {
    this.keys++;
    const text = this.#text;
    const count = counts[depth] ?? 0;
    if (count > 0 && !isAfter(text, start, end, depth)) {
      ascending[depth] = 0;
      this.#deviation = start;
    }
    const mark = ((end - start) << 16) ^ text.charCodeAt((start + end) >> 1);
    if (ascending[depth] === 0 && mayBeKnown(text, start, end, depth, mark)) this.doubtful = true;
    if (count < COMPARED) {
      marks[depth * COMPARED + count] = mark;
      starts[depth * COMPARED + count] = start;
    }
    counts[depth] = count + 1;
    lastStart[depth] = start;
    lastEnd[depth] = end;
    if (depth === 1 && this.#member !== undefined) this.#beginMember(this.#member, start, end);
  }

  #beginMember(member: string, start: number, end: number): void {
    const isIt = end - start === member.length && this.#text.startsWith(member, start);
    if (isIt && this.#text.startsWith(':{', end + 1)) this.#memberStart = end + 2;
  }

  /** For every member of the outermost object: one that is not wanted begins at 0, where nothing deviates before. */
  #endMember(end: number): void {
    if (this.#deviation < this.#memberStart) this.canonical = { start: this.#memberStart, end };
    this.#memberStart = 0;
  }

  /** The offset of the last character of the number that begins at `start`. */
  #number(start: number): number {
    const text = this.#text;
    let end = start + 1;
    let plain = true;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code >= ZERO && code <= NINE) continue;
      if (code !== DOT && (code | 0x20) !== SMALL_E && code !== PLUS && code !== MINUS) break;
      if (this.#integers) throw notInteger(end);
      plain = false;
    }
    const isNegative = text.charCodeAt(start) === MINUS;
    if (isNegative || !plain || end - start > SAFE_DIGITS) this.#checkNumber(text.slice(start, end));
    return end - 1;
  }

  #checkNumber(written: string): void {
    const value = Number(written);
    const kept = this.#integers
      ? Number.isSafeInteger(value) && !Object.is(value, -0)
      : Number.isFinite(value);
    // What is no number at all is refused by JSON.parse.
    if (!kept && !Number.isNaN(value)) throw outOfRange(value);
  }
}

/** The offset of the closing quote of the string that opens at `start`; the end of the text if there is none. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let escaped = false;
  for (let before = at - 1; text.charCodeAt(before) === BACKSLASH; before--) escaped = !escaped;
  return escaped;
}

/** Whether a key comes after the one before it in the order of canonical JSON. */
function isAfter(text: string, start: number, end: number, depth: number): boolean {
  let before = lastStart[depth] ?? 0;
  const beforeEnd = lastEnd[depth] ?? 0;
  let at = start;
  for (; before < beforeEnd && at < end; before++, at++) {
    const a = text.charCodeAt(before);
    const b = text.charCodeAt(at);
    if (a !== b) return rank(a) < rank(b);
  }
  return at < end;
}

/** Whether a key of the same text came before in its object; true also where that is not known. */
function mayBeKnown(text: string, start: number, end: number, depth: number, mark: number): boolean {
  const count = counts[depth] ?? 0;
  if (count >= COMPARED) return true;
  const first = depth * COMPARED;
  for (let i = first; i < first + count; i++) {
    if (marks[i] === mark && text.startsWith(text.slice(start, end + 1), starts[i])) return true;
  }
  return false;
}

const tooDeep = (maxDepth: number, offset: number): WritError =>
  new WritError('JSON_DEPTH', `the document is nested deeper than ${maxDepth} levels, at offset ${offset}`);

const notInteger = (offset: number): WritError =>
  new WritError('JSON_NUMBER', `the number at offset ${offset} is not a plain integer`);

function outOfRange(value: number): WritError {
  const written = Object.is(value, -0) ? '-0' : String(value);
  return new WritError('JSON_NUMBER', `the number ${written} is not an integer within ±(2^53 − 1)`);
}
