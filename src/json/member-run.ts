/**
 * Long runs of members of one form, which large documents consist of: they are read from the bytes in one pass and
 * stay there. As objects they would cost five times as much as verifying the document does.
 */
import { asciiOf, findAscii, hasByte, standsAt } from './ascii.js';
import { isJsonObject, type JsonObject } from './types.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSE = 0x7d;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
/** Fewer members are not worth it. */
const MIN_LENGTH = 256;
/** So many beginnings are tried. */
const MAX_TRIES = 16;
/** Stands for the run in the rest of the text; where it stands elsewhere the text is read as a whole. */
const MARK = ':-1';

/** One way to write a member of an object: canonical, without escapes. */
export interface MemberForm<V> {
  /** What stands behind the name, from its closing quote on: by this the form is found. */
  readonly between: string;
  /** The fewest characters of a member, with the comma behind it. */
  readonly shortest: number;
  /** How many objects are open where a value is the deepest, the outermost of the document among them. */
  readonly depth: number;
  /**
   * @param start - behind `between`
   * @returns where the member ends, behind its last `}`; −1 for what is not of the form
   */
  readonly endOf: (bytes: Uint8Array, start: number) => number;
  /** What a member that is of the form says. @param start - behind `between` */
  readonly read: (bytes: Uint8Array, start: number, end: number) => V;
}

/** Names in ascending order, each with its value. */
export class MemberRun<V> {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #form: MemberForm<V>;
  readonly #starts: Int32Array;
  readonly #nameEnds: Int32Array;
  readonly #ends: Int32Array;
  /** Where the last name was found: they are often asked for in order. */
  #last = -1;

  constructor(
    form: MemberForm<V>,
    bytes: Uint8Array,
    at: { readonly starts: Int32Array; readonly nameEnds: Int32Array; readonly ends: Int32Array },
    length: number,
  ) {
    this.length = length;
    this.#form = form;
    this.#bytes = bytes;
    this.#starts = at.starts;
    this.#nameEnds = at.nameEnds;
    this.#ends = at.ends;
  }

  get(name: string): V | undefined {
    const index = this.#find(name);
    return index === undefined ? undefined : this.value(index);
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  name(index: number): string {
    return asciiOf(this.#bytes, this.#starts[index] ?? 0, this.#nameEnds[index]);
  }

  /** @param index - below {@link length} */
  value(index: number): V {
    const start = (this.#nameEnds[index] ?? 0) + this.#form.between.length;
    return this.#form.read(this.#bytes, start, this.#ends[index] ?? 0);
  }

  #find(name: string): number | undefined {
    if (this.#compare(this.#last + 1, name) === 0) return ++this.#last;
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, name);
      if (order === 0) return (this.#last = middle);
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** The order of the name at `index` and another; 1 beyond the end. */
  #compare(index: number, name: string): number {
    if (index >= this.length) return 1;
    const start = this.#starts[index] ?? 0;
    const length = (this.#nameEnds[index] ?? 0) - start;
    const shared = Math.min(length, name.length);
    for (let i = 0; i < shared; i++) {
      const difference = (this.#bytes[start + i] ?? 0) - name.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return length - name.length;
  }
}

/** A text without one of its runs. */
export interface CutText<V> {
  /** In place of the run stands one member with the name of its first and the value −1. */
  readonly rest: string;
  readonly first: string;
  /** Where the run was. */
  readonly start: number;
  /** How many characters the rest is shorter. */
  readonly removed: number;
  readonly run: MemberRun<V>;
}

/** Runs of one form: taken out of texts, and put beside the objects that they belong to. */
export class MemberRuns<V> {
  readonly depth: number;
  readonly #form: MemberForm<V>;
  readonly #runs = new WeakMap<JsonObject, MemberRun<V>>();

  constructor(form: MemberForm<V>) {
    this.depth = form.depth;
    this.#form = form;
  }

  /**
   * The members of an object that were left in the text: it does not have them itself. Only objects that a reader was
   * asked to leave some of have any.
   */
  of(object: JsonObject): MemberRun<V> | undefined {
    return this.#runs.get(object);
  }

  /**
   * Takes the first long run out of a text. What is taken out is proven to be members in ascending order, of the form
   * and followed by a greater one or none; the rest proves nothing until it is read, and until the object that the
   * run belongs to is known.
   *
   * @param bytes - ASCII; never changed afterwards
   * @returns undefined for a text without a long run, or with escapes
   */
  cut(bytes: Uint8Array): CutText<V> | undefined {
    const { between, shortest } = this.#form;
    if (bytes.length < MIN_LENGTH * shortest || hasByte(bytes, BACKSLASH)) return undefined;
    let from = 0;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const found = findAscii(bytes, between, from);
      if (found <= 0) return undefined;
      const start = bytes.lastIndexOf(QUOTE, found - 1);
      const { run, end } = readRun(this.#form, bytes, start);
      if (run.length >= MIN_LENGTH)
        return isFollowed(bytes, end, run) ? cut(bytes, start, end, run) : undefined;
      from = Math.max(end, found + 1);
    }
    return undefined;
  }

  /**
   * Puts an object in place of the one that a run was cut from.
   *
   * @param marked - the object as it was read of the rest
   * @returns undefined when the run is not of this object
   */
  put(marked: unknown, { first, run }: CutText<V>): JsonObject | undefined {
    const object = marked as JsonObject | undefined;
    if (!isJsonObject(object) || !Object.hasOwn(object, first) || object[first] !== -1) return undefined;
    const others = Object.fromEntries(Object.entries(object).filter(([name]) => name !== first));
    this.#runs.set(others, run);
    return others;
  }
}

function cut<V>(bytes: Uint8Array, start: number, end: number, run: MemberRun<V>): CutText<V> | undefined {
  const first = run.name(0);
  const mark = `"${first}"${MARK}`;
  const [before, after] = [asciiOf(bytes, 0, start), asciiOf(bytes, end)];
  if (before.includes(MARK) || after.includes(MARK)) return undefined;
  return { rest: before + mark + after, first, start, removed: end - start - mark.length, run };
}

/** The run that begins with the quote at `start`; it ends behind the last `}`. */
function readRun<V>(
  form: MemberForm<V>,
  bytes: Uint8Array,
  start: number,
): { run: MemberRun<V>; end: number } {
  const { between, endOf } = form;
  const room = Math.floor((bytes.length - start) / form.shortest);
  const [starts, nameEnds, ends] = [new Int32Array(room), new Int32Array(room), new Int32Array(room)];
  let count = 0;
  let end = start;
  for (let at = start; bytes[at] === QUOTE; at = end + 1) {
    const nameEnd = endOfName(bytes, at + 1);
    if (!standsAt(bytes, between, nameEnd)) break;
    if (count > 0 && !isAfter(bytes, at + 1, nameEnd, starts[count - 1] ?? 0)) break;
    const close = endOf(bytes, nameEnd + between.length);
    if (close === -1) break;
    starts[count] = at + 1;
    nameEnds[count] = nameEnd;
    ends[count++] = close;
    end = close;
    if (bytes[end] !== COMMA) break;
  }
  return { run: new MemberRun(form, bytes, { starts, nameEnds, ends }, count), end };
}

/** Where the name ends that begins at `start`: at the next quote, or where a byte stands that JSON has in no name. */
function endOfName(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte >= SPACE && byte !== QUOTE; byte = bytes[at]) at++;
  return at;
}

/** True iff the name is greater than the one at `before`, which ends with a quote. */
function isAfter(bytes: Uint8Array, start: number, end: number, before: number): boolean {
  for (let i = 0; ; i++) {
    const known = bytes[before + i] ?? 0;
    const next = bytes[start + i] ?? 0;
    if (start + i === end) return false;
    if (known === QUOTE) return true;
    if (known !== next) return known < next;
  }
}

/** True if the object ends here, or goes on with a greater name. Where it does neither, the rest is no JSON. */
function isFollowed(bytes: Uint8Array, end: number, run: MemberRun<unknown>): boolean {
  if (bytes[end] === CLOSE) return true;
  const start = end + 2; // behind `,"`
  return asciiOf(bytes, start, endOfName(bytes, start)) > run.name(run.length - 1);
}
