/** The format of key files: docs/reference/key-file.md. */
import { bytesFromHex, hexFromBytes } from '../crypto/hex.js';
import { parsePublicKey, type PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import { canonicalBytes } from '../json/canonical.js';
import { asObject, integerAt, objectAt, stringAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { member, type JsonObject } from '../json/types.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import { kdfFromJson, kdfToJson, type Kdf } from './kdf.js';

/** What a key file says without a pass-phrase. It is proved only when the file is opened. */
export interface KeyInfo {
  readonly publicKey: PublicKey;
  /** The only role that the key signs for; undefined for any. */
  readonly role: RoleName | undefined;
  /** The repository that the key was made for; undefined for any. */
  readonly repository: string | undefined;
  readonly created: Date;
}

export interface KeyFile extends KeyInfo {
  readonly kdf: Kdf;
  readonly nonce: Uint8Array;
  /** Followed by the tag of 16 bytes. */
  readonly ciphertext: Uint8Array;
}

/** The largest key is RSA of 16,384 bits: under 20 KB with its public half. */
export const MAX_KEY_FILE = 64 * 1024;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const FORMAT = 'key';
const VERSION = 1;
const CIPHER = 'aes-256-gcm';
const MAX_REPOSITORY = 256;
const MEMBERS: ReadonlySet<string> = new Set([
  ...['writ', 'v', 'public', 'role', 'repository', 'created', 'kdf', 'cipher', 'nonce', 'ciphertext'],
]);

type Header = Omit<KeyFile, 'ciphertext'>;

/** The header as JSON: all members but `ciphertext`. Its canonical bytes are authenticated with the key. */
function headerToJson(header: Header): JsonObject {
  return {
    writ: FORMAT,
    v: VERSION,
    public: header.publicKey.toJson(),
    role: header.role ?? null,
    repository: header.repository ?? null,
    created: header.created.toISOString(),
    kdf: kdfToJson(header.kdf),
    cipher: CIPHER,
    nonce: hexFromBytes(header.nonce),
  };
}

/** The additional data of the cipher. */
export function additionalData(header: Header): Uint8Array {
  return canonicalBytes(headerToJson(header));
}

/** The text of a key file. */
export function formatKeyFile(file: KeyFile): string {
  const ciphertext = Buffer.from(file.ciphertext).toString('base64');
  return `${JSON.stringify({ ...headerToJson(file), ciphertext }, null, 2)}\n`;
}

/**
 * Reads a key file; costs are bounded here, before anything is computed.
 *
 * @param source - names it in messages
 * @throws WritError KEYSTORE_FORMAT
 */
export function parseKeyFile(bytes: Uint8Array, source: string): KeyFile {
  try {
    return readKeyFile(asObject(parseStrict(bytes, { maxBytes: MAX_KEY_FILE, maxDepth: 8 }), 'key file'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('KEYSTORE_FORMAT', `${source} is no key file: ${reason}`, { cause });
  }
}

function readKeyFile(json: JsonObject): KeyFile {
  const at = 'key file';
  const unknown = Object.keys(json).find(name => !MEMBERS.has(name));
  if (unknown !== undefined) throw new Error(`it has the unknown member ${JSON.stringify(unknown)}`);
  const says = `${stringAt(json, 'writ', at)} ${integerAt(json, 'v', at)} ${stringAt(json, 'cipher', at)}`;
  if (says !== `${FORMAT} ${VERSION} ${CIPHER}`)
    throw new Error(`it is of the unknown kind ${JSON.stringify(says)}`);
  const role = optionalStringAt(json, 'role');
  const repository = optionalStringAt(json, 'repository');
  if ((repository?.length ?? 1) > MAX_REPOSITORY) throw new Error('its repository is too long');
  return {
    publicKey: parsePublicKey(objectAt(json, 'public', at), 'public'),
    role: role === undefined ? undefined : parseRoleName(role),
    repository,
    created: readCreated(stringAt(json, 'created', at)),
    kdf: kdfFromJson(member(json, 'kdf')),
    nonce: readNonce(stringAt(json, 'nonce', at)),
    ciphertext: readCiphertext(stringAt(json, 'ciphertext', at)),
  };
}

function optionalStringAt(json: JsonObject, name: string): string | undefined {
  return member(json, name) === null ? undefined : stringAt(json, name, 'key file');
}

function readCreated(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== text) throw new Error('its created is no time');
  return date;
}

function readNonce(text: string): Uint8Array {
  const nonce = bytesFromHex(text);
  if (nonce?.length !== NONCE_BYTES) throw new Error(`its nonce is not ${NONCE_BYTES} bytes in hex`);
  return nonce;
}

function readCiphertext(text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (bytes.length <= TAG_BYTES || Buffer.from(bytes).toString('base64') !== text) {
    throw new Error('its ciphertext is not base64 of a key');
  }
  return bytes;
}
