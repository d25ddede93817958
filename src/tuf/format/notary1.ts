/**
 * Reads Notary v1 metadata: what unmodified `notary` and `docker trust` write. theupdateframework/notary, tuf/data.
 * Root and targets come in the model of TUF 1.0; snapshot and timestamp name no versions and have models of their own.
 * As Go reads them, a list or map that is null or absent is empty.
 */
import { bytesOfBase64 } from '../../crypto/base64.js';
import { parseKeyId } from '../../crypto/key-id.js';
import { parseNotaryKey } from '../../crypto/notary-key.js';
import type { PublicKey } from '../../crypto/public-key.js';
import { WritError } from '../../errors.js';
import {
  arrayAt,
  asObject,
  booleanAt,
  integerAt,
  objectAt,
  stringAt,
  stringsAt,
  pathOf,
  type Path,
} from '../../json/read.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../../json/types.js';
import type { DelegatedRole, Delegations, Hashes, Root, TargetFile, Targets } from '../model.js';
import { parseRoleName, type RoleType } from '../role-name.js';
import type { Format, Signature } from './format.js';
import { readNotaryHashes } from './notary1-parts.js';
import { parseNotaryExpires } from './notary1-expires.js';
import { TARGET_RUNS } from './notary1-run.js';
import { readTargetsLater } from './notary1-targets.js';
import { readKeys, readRoleKeys } from './tuf1-keys.js';
import { unrecognized } from './tuf1-parts.js';

/** What a snapshot or timestamp says about a file. */
export interface NotaryFile {
  /** Bytes. */
  readonly length: number;
  readonly hashes: Hashes;
  readonly unrecognized?: JsonObject | undefined;
}

interface NotaryMeta<T extends RoleType> {
  readonly type: T;
  /** 1 to 2^31 − 1. */
  readonly version: number;
  readonly expires: Date;
  /** Name of the role, without `.json` → its file. */
  readonly meta: ReadonlyMap<string, NotaryFile>;
  readonly unrecognized?: JsonObject | undefined;
}

export type NotarySnapshot = NotaryMeta<'snapshot'>;
export type NotaryTimestamp = NotaryMeta<'timestamp'>;

export interface NotaryModels {
  readonly root: Root;
  readonly targets: Targets;
  readonly snapshot: NotarySnapshot;
  readonly timestamp: NotaryTimestamp;
}

/** Go's `int` in the server's database. */
const MAX_VERSION = 2 ** 31 - 1;
const COMMON = ['_type', 'version', 'expires'];
const ROOT_MEMBERS: ReadonlySet<string> = new Set([...COMMON, 'consistent_snapshot', 'keys', 'roles']);
const META_MEMBERS: ReadonlySet<string> = new Set([...COMMON, 'meta']);
const TARGETS_MEMBERS: ReadonlySet<string> = new Set([...COMMON, 'targets', 'delegations']);
const FILE_MEMBERS: ReadonlySet<string> = new Set(['length', 'hashes']);
const TARGET_FILE_MEMBERS: ReadonlySet<string> = new Set(['length', 'hashes', 'custom']);
const DELEGATIONS_MEMBERS: ReadonlySet<string> = new Set(['keys', 'roles']);
const ROLE_MEMBERS: ReadonlySet<string> = new Set(['name', 'keyids', 'threshold', 'paths']);
const TOP_LEVEL: ReadonlySet<string> = new Set(['root', 'timestamp', 'snapshot', 'targets']);

/** `_type` of each type, as Notary writes it. */
export const NOTARY_TYPES: Readonly<Record<RoleType, string>> = {
  root: 'Root',
  targets: 'Targets',
  snapshot: 'Snapshot',
  timestamp: 'Timestamp',
};

const READERS: { readonly [T in RoleType]: (signed: JsonObject) => NotaryModels[T] } = {
  root: readRoot,
  targets: readTargets,
  snapshot: signed => readMeta('snapshot', signed),
  timestamp: signed => readMeta('timestamp', signed),
};

/** See {@link Format}; it throws JSON_TYPE, TUF_FORMAT, TUF_ROLE_NAME, KEY_FORMAT. */
export const NOTARY1: Format<NotaryModels> = {
  readSigned(type, signed) {
    const actual = stringAt(signed, '_type', 'signed');
    if (actual === NOTARY_TYPES[type]) return READERS[type](signed);
    throw new WritError(
      'TUF_FORMAT',
      `the document is of type ${JSON.stringify(actual)}, not "${NOTARY_TYPES[type]}"`,
    );
  },
  readSignature,
  runs: { targets: { key: 'targets', runs: TARGET_RUNS } },
};

/** `{keyid, method, sig}`; the method in any case of letters, the signature in base64. */
function readSignature(json: JsonObject, path: string): Signature {
  const bytes = bytesOfBase64(stringAt(json, 'sig', path));
  return {
    keyId: parseKeyId(stringAt(json, 'keyid', path)),
    method: stringAt(json, 'method', path).toLowerCase(),
    bytes: bytes?.length === 0 ? undefined : bytes,
  };
}

function readCommon(signed: JsonObject): { version: number; expires: Date } {
  return {
    version: integerAt(signed, 'version', 'signed', 1, MAX_VERSION),
    expires: parseNotaryExpires(stringAt(signed, 'expires', 'signed'), 'signed.expires'),
  };
}

function readRoot(signed: JsonObject): Root {
  const common = readCommon(signed);
  const roles = objectAt(signed, 'roles', 'signed');
  const unknown = Object.keys(roles).find(name => !TOP_LEVEL.has(name));
  if (unknown !== undefined) {
    throw new WritError('TUF_FORMAT', `signed.roles must not have the role ${JSON.stringify(unknown)}`);
  }
  const role = (name: RoleType): Root['roles'][RoleType] =>
    readRoleKeys(objectAt(roles, name, 'signed.roles'), `signed.roles.${name}`);
  return {
    type: 'root',
    ...common,
    consistentSnapshot:
      member(signed, 'consistent_snapshot') !== undefined &&
      booleanAt(signed, 'consistent_snapshot', 'signed'),
    keys: readKeys(objectAt(signed, 'keys', 'signed'), 'signed.keys', readKey),
    roles: {
      root: role('root'),
      timestamp: role('timestamp'),
      snapshot: role('snapshot'),
      targets: role('targets'),
    },
    unrecognized: unrecognized(signed, ROOT_MEMBERS),
  };
}

/** The key under the id that it has: Notary refuses a signature by a key that is listed under another. */
function readKey(json: JsonObject, path: string, listedAs: string): PublicKey {
  const key = parseNotaryKey(json, path);
  if (key.id === listedAs) return key;
  throw new WritError('KEY_FORMAT', `${path} has the id ${key.id}`);
}

function readMeta<T extends 'snapshot' | 'timestamp'>(type: T, signed: JsonObject): NotaryMeta<T> {
  const meta = new Map<string, NotaryFile>();
  for (const [name, value] of Object.entries(objectOrNone(signed, 'meta'))) {
    const path = (): string => `signed.meta[${JSON.stringify(name)}]`;
    meta.set(name, readFile(asObject(value, path), path));
  }
  return { type, ...readCommon(signed), meta, unrecognized: unrecognized(signed, META_MEMBERS) };
}

function readFile(json: JsonObject, path: Path): NotaryFile {
  return {
    length: integerAt(json, 'length', path),
    hashes: readNotaryHashes(objectAt(json, 'hashes', path), () => pathOf(path, 'hashes')),
    unrecognized: unrecognized(json, FILE_MEMBERS),
  };
}

function readTargets(signed: JsonObject): Targets {
  const targets = readTargetsLater(objectOrNone(signed, 'targets'), (value, name) => {
    const path = (): string => `signed.targets[${JSON.stringify(name)}]`;
    return readTargetFile(asObject(value, path), path);
  });
  return {
    type: 'targets',
    ...readCommon(signed),
    targets,
    delegations: readDelegations(objectOrNone(signed, 'delegations')),
    unrecognized: unrecognized(signed, TARGETS_MEMBERS),
  };
}

/** `custom` may be any JSON here; what is no object is kept, and means nothing. */
function readTargetFile(json: JsonObject, path: Path): TargetFile {
  const file = readFile(json, path);
  const custom = member(json, 'custom');
  return isJsonObject(custom)
    ? { ...file, custom, unrecognized: unrecognized(json, TARGET_FILE_MEMBERS) }
    : file;
}

function readDelegations(json: JsonObject): Delegations {
  const path = 'signed.delegations';
  const list = member(json, 'roles') ?? null;
  const roles = list === null ? [] : arrayAt(json, 'roles', path);
  const read = roles.map((role, i) => readRole(role, `${path}.roles[${i}]`));
  const twin = read.find(({ name }, i) => read.findIndex(role => role.name === name) !== i);
  if (twin !== undefined) throw new WritError('TUF_FORMAT', `${path}.roles has the role ${twin.name} twice`);
  return {
    keys: readKeys(objectOrNone(json, 'keys'), `${path}.keys`, readKey),
    roles: read,
    unrecognized: unrecognized(json, DELEGATIONS_MEMBERS),
  };
}

/** Path prefixes; the empty one stands for every path. Notary knows no terminating delegations. */
function readRole(value: JsonValue, path: string): DelegatedRole {
  const json = asObject(value, path);
  const listed = (member(json, 'keyids') ?? null) === null ? { ...json, keyids: [] } : json;
  const { keyIds, threshold } = readRoleKeys(listed, path);
  const paths = member(json, 'paths') ?? null;
  return {
    name: parseRoleName(stringAt(json, 'name', path)),
    keyIds,
    threshold,
    terminating: false,
    scope: { kind: 'pathPrefixes', prefixes: paths === null ? [] : stringsAt(json, 'paths', path) },
    unrecognized: unrecognized(json, ROLE_MEMBERS),
  };
}

function objectOrNone(json: JsonObject, key: string): JsonObject {
  const value = member(json, key) ?? null;
  return value === null ? {} : objectAt(json, key, 'signed');
}
