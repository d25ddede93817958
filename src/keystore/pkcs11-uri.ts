/** PKCS #11 URIs, RFC 7512: the name of a key on a token. */
import { WritError } from '../errors.js';

/** What a URI says; what it leaves out matches anything. */
export interface Pkcs11Uri {
  /** As it was written. */
  readonly text: string;
  readonly token?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly slotId?: number;
  /** The label of the key. */
  readonly object?: string;
  /** The id of the key: lower-case hex. */
  readonly id?: string;
  /** The library that drives the token: an absolute path. */
  readonly modulePath?: string;
  /** A file with the PIN: an absolute path. */
  readonly pinFile?: string;
}

const MAX_LENGTH = 2048;
const PCT_TEXT = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&?/|]|%[0-9A-Fa-f]{2})*$/;
/** Control characters would forge lines of what a tool prints. */
const PRINTABLE = /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u;

type Reader = (value: string, shown: string) => Partial<Pkcs11Uri>;

const PATH: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['token', value => ({ token: textOf(value) })],
  ['manufacturer', value => ({ manufacturer: textOf(value) })],
  ['model', value => ({ model: textOf(value) })],
  ['serial', value => ({ serial: textOf(value) })],
  ['slot-id', value => ({ slotId: numberOf(value) })],
  ['object', value => ({ object: textOf(value) })],
  ['id', value => ({ id: hexOf(value) })],
  ['type', typeOf],
]);

const QUERY: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['module-path', value => ({ modulePath: pathOf(value) })],
  ['pin-source', value => ({ pinFile: pathOf(value.replace(/^file:(?:\/\/(?=\/))?/, '')) })],
]);

/** True iff `text` is meant as a PKCS #11 URI. */
export const isPkcs11Uri = (text: string): boolean => /^pkcs11:/i.test(text);

/**
 * Reads a URI that names one key: by `object`, `id`, or both. Attributes that writ does not know are refused, since a key
 * that they would rule out must not be used.
 *
 * @throws WritError KEYSTORE_URI; also for `pin-value`, which other users of the machine could read
 */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (text.length > MAX_LENGTH) throw malformed(`it has more than ${MAX_LENGTH} characters`);
  const [, path, query] = /^pkcs11:([^?]*)(?:\?(.*))?$/is.exec(text) ?? [];
  if (path === undefined) throw malformed('it does not begin with pkcs11:');
  const uri = {
    text,
    ...attributes(path, ';', PATH),
    ...(query === undefined ? {} : attributes(query, '&', QUERY)),
  };
  if (uri.object === undefined && uri.id === undefined) throw malformed('it names no key: object or id');
  return uri;
}

function attributes(text: string, separator: string, known: ReadonlyMap<string, Reader>) {
  const seen = new Set<string>();
  let found: Partial<Pkcs11Uri> = {};
  for (const part of text === '' ? [] : text.split(separator)) {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    const read = known.get(name);
    if (name === 'pin-value') throw malformed('a PIN does not belong into a URI: use pin-source');
    if (read === undefined || at < 0)
      throw malformed(`${JSON.stringify(name)} is no attribute that writ knows`);
    if (seen.has(name)) throw malformed(`it has ${name} twice`);
    seen.add(name);
    found = { ...found, ...read(part.slice(at + 1), name) };
  }
  return found;
}

function bytesOf(value: string): Buffer {
  if (!PCT_TEXT.test(value)) throw malformed(`${JSON.stringify(value)} is not percent-encoded`);
  const latin1 = value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(latin1, 'latin1');
}

function textOf(value: string): string {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(value));
  } catch (cause) {
    if (cause instanceof WritError) throw cause;
    throw malformed(`${JSON.stringify(value)} is not UTF-8`);
  }
  if (!PRINTABLE.test(text)) throw malformed(`${JSON.stringify(value)} is empty or holds control characters`);
  return text;
}

function hexOf(value: string): string {
  const hex = bytesOf(value).toString('hex');
  if (hex === '') throw malformed('the id is empty');
  return hex;
}

function numberOf(value: string): number {
  if (/^(?:0|[1-9]\d{0,9})$/.test(value)) return Number(value);
  throw malformed(`the slot-id ${JSON.stringify(value)} is no number`);
}

function pathOf(value: string): string {
  const path = textOf(value);
  if (path.startsWith('/')) return path;
  throw malformed(`${JSON.stringify(value)} is not the absolute path of a file`);
}

function typeOf(value: string): Partial<Pkcs11Uri> {
  if (value === 'private' || value === 'public') return {};
  throw malformed(`it names a ${JSON.stringify(value)}, not a key pair`);
}

const malformed = (why: string): WritError =>
  new WritError('KEYSTORE_URI', `this PKCS #11 URI cannot be used: ${why}`);
