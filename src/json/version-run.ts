/**
 * Long runs of members `"name":{"version":7}`, which the snapshot of many hash bins consists of. They are read from the
 * text in one pass and stay there: as objects they would cost five times as much as verifying the document does.
 */
import { isJsonObject, type JsonObject } from './types.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const CLOSE = 0x7d;
const SPACE = 0x20;
const BETWEEN = '":{"version":';
/** `"":{"version":1},` */
const SHORTEST = BETWEEN.length + 4;
/** A number of so many digits is below 2^53. */
const MAX_DIGITS = 15;
/** Fewer members are not worth it. */
const MIN_LENGTH = 256;
/** So many beginnings are tried. */
const MAX_TRIES = 16;
/** Stands for the run in the rest of the text; a text that has it anywhere is read as a whole. */
const MARK = ':-1';

/** Names in ascending order, each with a version from 1 on. */
export class VersionRun {
  readonly length: number;
  readonly #text: string;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #versions: Float64Array;
  /** Where the last name was found: they are often asked for in order. */
  #last = -1;

  constructor(
    text: string,
    at: { readonly starts: Int32Array; readonly ends: Int32Array; readonly versions: Float64Array },
    length: number,
  ) {
    this.length = length;
    this.#text = text;
    this.#starts = at.starts;
    this.#ends = at.ends;
    this.#versions = at.versions;
  }

  get(name: string): number | undefined {
    if (this.#compare(this.#last + 1, name) === 0) return this.#versions[++this.#last];
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, name);
      if (order === 0) {
        this.#last = middle;
        return this.#versions[middle];
      }
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  name(index: number): string {
    return this.#text.slice(this.#starts[index], this.#ends[index]);
  }

  version(index: number): number {
    return this.#versions[index] ?? 0;
  }

  /** The order of the name at `index` and another; 1 beyond the end. */
  #compare(index: number, name: string): number {
    if (index >= this.length) return 1;
    const start = this.#starts[index] ?? 0;
    const length = (this.#ends[index] ?? 0) - start;
    const shared = Math.min(length, name.length);
    for (let i = 0; i < shared; i++) {
      const difference = this.#text.charCodeAt(start + i) - name.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return length - name.length;
  }
}

/** A text without one of its runs. */
export interface CutText {
  /** In place of the run stands one member with the name of its first and the value −1. */
  readonly rest: string;
  readonly first: string;
  /** Where the run was. */
  readonly start: number;
  /** How many characters the rest is shorter. */
  readonly removed: number;
  readonly run: VersionRun;
}

/**
 * Takes the first long run out of a text. What is taken out is proven to be members in ascending order, of the form
 * above and followed by a greater one or none; the rest proves nothing until it is read, and until the object that the
 * run belongs to is known.
 *
 * @param text - ASCII
 * @returns undefined for a text without a long run, or with escapes
 */
export function cutVersionRun(text: string): CutText | undefined {
  if (text.length < MIN_LENGTH * SHORTEST || text.includes('\\') || text.includes(MARK)) return undefined;
  let from = 0;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const between = text.indexOf(BETWEEN, from);
    if (between <= 0) return undefined;
    const start = text.lastIndexOf('"', between - 1);
    const { run, end } = readRun(text, start);
    if (run.length >= MIN_LENGTH) return isFollowed(text, end, run) ? cut(text, start, end, run) : undefined;
    from = Math.max(end, between + 1);
  }
  return undefined;
}

function cut(text: string, start: number, end: number, run: VersionRun): CutText {
  const first = run.name(0);
  const mark = `"${first}"${MARK}`;
  const rest = text.slice(0, start) + mark + text.slice(end);
  return { rest, first, start, removed: end - start - mark.length, run };
}

/** The run that begins with the quote at `start`; it ends behind the last `}`. */
function readRun(text: string, start: number): { run: VersionRun; end: number } {
  const room = Math.floor((text.length - start) / SHORTEST);
  const [starts, ends, versions] = [new Int32Array(room), new Int32Array(room), new Float64Array(room)];
  let count = 0;
  let end = start;
  for (let at = start; text.charCodeAt(at) === QUOTE; at = end + 1) {
    const nameEnd = text.indexOf('"', at + 1);
    if (!text.startsWith(BETWEEN, nameEnd) || hasControl(text, at + 1, nameEnd)) break;
    if (count > 0 && !isAfter(text, at + 1, nameEnd, starts[count - 1] ?? 0)) break;
    const digits = nameEnd + BETWEEN.length;
    const close = endOfDigits(text, digits);
    if (text.charCodeAt(close) !== CLOSE) break;
    starts[count] = at + 1;
    ends[count] = nameEnd;
    versions[count++] = numberAt(text, digits, close);
    end = close + 1;
    if (text.charCodeAt(end) !== COMMA) break;
  }
  return { run: new VersionRun(text, { starts, ends, versions }, count), end };
}

/** The end of a number from 1 to 10^15 − 1; −1 where none stands. */
function endOfDigits(text: string, start: number): number {
  if (text.charCodeAt(start) === ZERO) return -1;
  let at = start;
  while (text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at++;
  return at > start && at - start <= MAX_DIGITS ? at : -1;
}

function numberAt(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = 10 * value + text.charCodeAt(at) - ZERO;
  return value;
}

/** True iff it is no name that JSON can have. */
function hasControl(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) < SPACE) return true;
  return false;
}

/** True iff the name is greater than the one at `before`, which ends with a quote. */
function isAfter(text: string, start: number, end: number, before: number): boolean {
  for (let i = 0; ; i++) {
    const known = text.charCodeAt(before + i);
    const next = text.charCodeAt(start + i);
    if (start + i === end) return false;
    if (known === QUOTE) return true;
    if (known !== next) return known < next;
  }
}

/** True if the object ends here, or goes on with a greater name. Where it does neither, the rest is no JSON. */
function isFollowed(text: string, end: number, run: VersionRun): boolean {
  if (text.charCodeAt(end) === CLOSE) return true;
  const start = end + 2; // behind `,"`
  return text.slice(start, text.indexOf('"', start)) > run.name(run.length - 1);
}

const runs = new WeakMap<JsonObject, VersionRun>();

/**
 * The members of an object that were left in the text: it does not have them itself. Only objects that a reader was
 * asked to leave some of have any.
 */
export const runOf = (object: JsonObject): VersionRun | undefined => runs.get(object);

/**
 * Puts `object` in place of the one that a run was cut from.
 *
 * @param marked - the object as it was read of the rest
 * @returns undefined when the run is not of this object
 */
export function withRun(marked: unknown, { first, run }: CutText): JsonObject | undefined {
  const object = marked as JsonObject | undefined;
  if (!isJsonObject(object) || !Object.hasOwn(object, first) || object[first] !== -1) return undefined;
  const others = Object.fromEntries(Object.entries(object).filter(([name]) => name !== first));
  runs.set(others, run);
  return others;
}
