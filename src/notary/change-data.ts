/** What a change says beside its action and its role: the file of a target, keys and paths of a delegation. */
import { parseNotaryKey, type NotaryKey } from '../crypto/notary-key.js';
import { WritError } from '../errors.js';
import { canonicalBytes, canonicalText } from '../json/canonical.js';
import { arrayAt, asObject, booleanAt, integerAt, objectAt, stringsAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { readNotaryHashes, writeNotaryHashes } from '../tuf/format/notary1-parts.js';
import type { TargetFile } from '../tuf/model.js';

const MAX_BYTES = 16 * 1024 * 1024;
/** The most bytes of custom data: targets are read whole by every client. */
const MAX_CUSTOM = 256 * 1024;

/**
 * Custom data of a target, in a form that signs: strict JSON with integers only. Fractions, exponents, numbers that a
 * double does not hold and keys given twice have more than one canonical form, or none: a server would refuse the
 * signature.
 *
 * @throws WritError NOTARY_CUSTOM, with the reason
 */
export function parseCustom(bytes: Uint8Array): JsonValue {
  try {
    const value = parseStrict(bytes, { maxBytes: MAX_CUSTOM });
    canonicalBytes(value);
    return value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('NOTARY_CUSTOM', `custom data cannot be signed: ${reason}`, { cause });
  }
}

/** The custom data of a target, whatever kind of JSON it is; undefined when there is none. */
export const customOf = ({ custom, unrecognized }: TargetFile): JsonValue | undefined =>
  custom ?? (unrecognized && member(unrecognized, 'custom'));

/** A target file with custom data of any kind. */
export function withCustom(file: TargetFile, custom: JsonValue | undefined): TargetFile {
  if (custom === undefined) return file;
  return isJsonObject(custom) ? { ...file, custom } : { ...file, unrecognized: { custom } };
}

/** A target as the change list has it; custom data in its canonical form, so that others sign it alike. */
export function writeTargetData(file: TargetFile): Uint8Array {
  const custom = customOf(file);
  const { length, hashes } = file;
  const text = JSON.stringify({ length, hashes: writeNotaryHashes(hashes) });
  return Buffer.from(custom === undefined ? text : `${text.slice(0, -1)},"custom":${canonicalJson(custom)}}`);
}

/** Canonical, where that is JSON: control characters stand in it as they are. */
function canonicalJson(value: JsonValue): string {
  const text = canonicalText(value);
  return /\p{Cc}/u.test(text) ? JSON.stringify(value) : text;
}

/** @throws WritError NOTARY_CHANGE; NOTARY_CUSTOM for custom data that cannot be signed */
export function readTargetData(data: Uint8Array | undefined): TargetFile {
  const json = decode(data, 'any');
  const custom = member(json, 'custom') ?? null;
  return asChange(() => {
    const file = {
      length: integerAt(json, 'length', 'data'),
      hashes: readNotaryHashes(objectAt(json, 'hashes', 'data'), 'data.hashes'),
    };
    return withCustom(file, custom === null ? undefined : parseCustom(encode(custom)));
  });
}

/** How a delegation changes. */
export interface DelegationData {
  readonly threshold?: number;
  readonly addKeys?: readonly NotaryKey[];
  /** Ids of bare keys. */
  readonly removeKeys?: readonly string[];
  readonly addPaths?: readonly string[];
  readonly removePaths?: readonly string[];
  readonly clearPaths?: boolean;
}

export function writeDelegationData(change: DelegationData): Uint8Array {
  const { threshold, addKeys = [], removeKeys = [], addPaths = [], removePaths = [], clearPaths } = change;
  const list = (name: string, items: readonly JsonValue[]): JsonObject =>
    items.length === 0 ? {} : { [name]: items };
  return encode({
    ...(threshold !== undefined && { threshold }),
    ...list(
      'add_keys',
      addKeys.map(key => key.toJson()),
    ),
    ...list('remove_keys', removeKeys),
    ...list('add_paths', addPaths),
    ...list('remove_paths', removePaths),
    ...(clearPaths === true && { clear_paths: true }),
  });
}

/** @throws WritError NOTARY_CHANGE */
export function readDelegationData(data: Uint8Array | undefined): Required<DelegationData> {
  const json = decode(data, 'integer');
  const has = (name: string): boolean => (member(json, name) ?? null) !== null;
  const strings = (name: string): readonly string[] => (has(name) ? stringsAt(json, name, 'data') : []);
  return asChange(() => ({
    threshold: has('threshold') ? Math.max(1, integerAt(json, 'threshold', 'data')) : 1,
    addKeys: has('add_keys')
      ? arrayAt(json, 'add_keys', 'data').map(key =>
          parseNotaryKey(asObject(key, 'data.add_keys'), 'data.add_keys'),
        )
      : [],
    removeKeys: strings('remove_keys'),
    addPaths: strings('add_paths'),
    removePaths: strings('remove_paths'),
    clearPaths: has('clear_paths') && booleanAt(json, 'clear_paths', 'data'),
  }));
}

const encode = (value: JsonValue): Uint8Array => Buffer.from(JSON.stringify(value));

function decode(data: Uint8Array | undefined, numbers: 'integer' | 'any'): JsonObject {
  return asChange(() =>
    asObject(parseStrict(data ?? new Uint8Array(), { maxBytes: MAX_BYTES, numbers }), 'data'),
  );
}

function asChange<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof WritError && cause.code === 'NOTARY_CUSTOM') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('NOTARY_CHANGE', `a staged change cannot be read: ${reason}`, { cause });
  }
}
