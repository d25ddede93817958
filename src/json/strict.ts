/**
 * The strict reader: JSON.parse is the grammar (RFC 8259), one scan over the text finds what JSON.parse hides
 * (see scan.ts), and only where that leaves a doubt are the values walked over.
 */
import { WritError } from '../errors.js';
import { isAscii } from './ascii.js';
import { endOfString, Scan } from './scan.js';
import { isJsonObject, type JsonValue } from './types.js';
import type { MemberRuns } from './member-run.js';

export interface StrictOptions {
  /** The most bytes that are read at all. */
  maxBytes?: number;
  /** The deepest nesting of objects and arrays; 64 at most. */
  maxDepth?: number;
  /** `integer` (signed metadata): fractions, exponents and −0 are refused. `any` (Kubernetes objects): they pass. */
  numbers?: 'integer' | 'any';
}

const DEFAULTS = { maxBytes: 8 * 1024 * 1024, maxDepth: 64, numbers: 'integer' } as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Parse the bytes of one JSON document.
 *
 * @param bytes - UTF-8, no byte order mark
 * @returns the value; objects keep the order of their keys, `__proto__` is an own member like any other
 * @throws WritError JSON_SIZE, JSON_UTF8, JSON_SYNTAX, JSON_DEPTH, JSON_NUMBER, JSON_SURROGATE, JSON_DUPLICATE_KEY
 */
export function parseStrict(bytes: Uint8Array, options: StrictOptions = {}): JsonValue {
  return read(textOf(bytes, options), options).value;
}

/** What {@link parseStrictMember} reads. */
export interface ReadMember {
  /** The whole document; what `runIn` left in the text its runs have. */
  readonly value: JsonValue;
  /**
   * The canonical bytes of the member, where it was received so: a part of the bytes that were read, or a copy.
   * Undefined when it must be written anew.
   */
  readonly canonical: Uint8Array | undefined;
}

/** Where runs are looked for, and of which form: see member-run.ts. */
export interface RunIn {
  /** The key of the object. */
  readonly key: string;
  readonly runs: MemberRuns<unknown>;
}

export interface MemberOptions extends Omit<StrictOptions, 'numbers'> {
  /** An object in the member of which a long run may stay in the text. */
  readonly runIn?: RunIn | undefined;
}

/**
 * As {@link parseStrict} with integers only, for a document of which one member was signed.
 *
 * @param member - its key in the outermost object
 * @throws WritError as parseStrict
 */
export function parseStrictMember(
  bytes: Uint8Array,
  member: string,
  options: MemberOptions = {},
): ReadMember {
  const { maxBytes = DEFAULTS.maxBytes } = options;
  if (bytes.length > maxBytes) throw tooLarge(bytes, maxBytes);
  const found = readBesideRun(bytes, member, options);
  if (found !== undefined) return { value: found.value, canonical: bytes.subarray(found.start, found.end) };
  const text = decodeUtf8(bytes);
  const { value, start, end } = readMember(text, member, options);
  if (start === undefined) return { value, canonical: undefined };
  // Where every character is one byte, offsets in the text are offsets in the bytes.
  const isAscii = text.length === bytes.length;
  return { value, canonical: isAscii ? bytes.subarray(start, end) : encoder.encode(text.slice(start, end)) };
}

interface FoundMember {
  readonly value: JsonValue;
  /** Where the member stands, if it is canonical. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

function readMember(text: string, member: string, options: StrictOptions): FoundMember {
  const { value, scan } = read(text, options, member);
  return { value, ...scan.canonical };
}

/**
 * Undefined for a document without a run where it is looked for, or that is not ASCII or not canonical; or not right at
 * all.
 */
function readBesideRun(
  bytes: Uint8Array,
  member: string,
  { runIn, ...options }: MemberOptions,
): FoundMember | undefined {
  const maxDepth = options.maxDepth ?? DEFAULTS.maxDepth;
  if (runIn === undefined || maxDepth < runIn.runs.depth || !isAscii(bytes)) return undefined;
  const cut = runIn.runs.cut(bytes);
  if (cut === undefined) return undefined;
  const beside = readIfRight(cut.rest, member, options);
  const value = beside?.value;
  const signed = isJsonObject(value) ? value[member] : undefined;
  if (beside?.start === undefined || beside.end === undefined || !isJsonObject(signed)) return undefined;
  const holder = runIn.runs.put(signed[runIn.key], cut);
  if (holder === undefined || !isJsonObject(value)) return undefined;
  return {
    value: { ...value, [member]: { ...signed, [runIn.key]: holder } },
    start: beside.start,
    end: beside.end + cut.removed,
  };
}

/** What is wrong is said of the whole document. */
function readIfRight(text: string, member: string, options: StrictOptions): FoundMember | undefined {
  try {
    return readMember(text, member, options);
  } catch (error) {
    if (error instanceof WritError) return undefined;
    throw error;
  }
}

function textOf(bytes: Uint8Array, { maxBytes = DEFAULTS.maxBytes }: StrictOptions): string {
  if (bytes.length <= maxBytes) return decodeUtf8(bytes);
  throw tooLarge(bytes, maxBytes);
}

const tooLarge = ({ length }: Uint8Array, maxBytes: number): WritError =>
  new WritError('JSON_SIZE', `the document has ${length} bytes, more than ${maxBytes}`);

function read(text: string, options: StrictOptions, member?: string): { value: JsonValue; scan: Scan } {
  const { maxDepth, numbers } = { ...DEFAULTS, ...options };
  const scan = new Scan(text, { maxDepth, numbers, member });
  const value = parseNative(text);
  // Keys written and keys kept differ exactly when JSON.parse dropped a duplicate.
  if (scan.doubtful && countKeys(value) !== scan.keys) throw duplicateKey(text);
  // UTF-8 cannot hold half a pair: only an escape can have brought one in.
  if (scan.escapes && !wellFormed(value)) {
    throw new WritError('JSON_SURROGATE', 'a string holds half of a surrogate pair');
  }
  return { value, scan };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new WritError('JSON_UTF8', 'the document is not UTF-8', { cause });
  }
}

function parseNative(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new WritError('JSON_SYNTAX', `not JSON: ${(cause as Error).message}`, { cause });
  }
}

function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) keys += countKeys(item);
    return keys;
  }
  for (const item of Object.values(value)) keys += 1 + countKeys(item);
  return keys;
}

function wellFormed(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(wellFormed);
  if (!isJsonObject(value)) return true;
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && wellFormed(item));
}

/** The slow path, taken once a duplicate is known to exist: find it, to name it. */
function duplicateKey(text: string): WritError {
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && /^\s*:/.test(text.slice(end + 1, end + 65))) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        if (keys.has(key))
          return new WritError(
            'JSON_DUPLICATE_KEY',
            `the key ${JSON.stringify(key)} appears twice, at offset ${i}`,
          );
        keys.add(key);
      }
      i = end;
    }
  }
  return new WritError('JSON_DUPLICATE_KEY', 'an object names one key twice');
}
