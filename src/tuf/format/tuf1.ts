/** Reads the `signed` part of TUF 1.0 metadata into the model. TUF specification §4.3 to §4.6. */
import { bytesFromHex } from '../../crypto/hex.js';
import { parseKeyId } from '../../crypto/key-id.js';
import { WritError } from '../../errors.js';
import { asObject, booleanAt, integerAt, objectAt, pathOf, stringAt, type Path } from '../../json/read.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import { member } from '../../json/types.js';
import { VERSION_RUNS } from '../../json/version-run.js';
import type {
  Delegations,
  MetaFile,
  Models,
  Root,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from '../model.js';
import type { RoleType } from '../role-name.js';
import { readDelegations } from './tuf1-delegations.js';
import { KEYS_MEMBER, readGroups } from './tuf1-groups.js';
import { readHashes, unrecognized } from './tuf1-parts.js';
import { readKeys, readRoleKeys } from './tuf1-keys.js';
import { parseExpires } from './expires.js';
import type { Signature } from './format.js';
import { JsonMap } from './json-map.js';
import { MapWithRun } from './map-with-run.js';

const SPEC_VERSION = /^(\d{1,9})(?:\.\d{1,9}){1,2}$/;
const COMMON = ['_type', 'spec_version', 'version', 'expires'];
const ROOT_MEMBERS: ReadonlySet<string> = new Set([...COMMON, 'consistent_snapshot', 'keys', 'roles']);
const META_MEMBERS: ReadonlySet<string> = new Set([...COMMON, 'meta']);
const TARGETS_MEMBERS: ReadonlySet<string> = new Set([...COMMON, 'targets', 'delegations']);
const GROUPED_TARGETS_MEMBERS: ReadonlySet<string> = new Set([...TARGETS_MEMBERS, KEYS_MEMBER]);
const META_FILE_MEMBERS: ReadonlySet<string> = new Set(['version', 'length', 'hashes']);
const TARGET_FILE_MEMBERS: ReadonlySet<string> = new Set(['length', 'hashes', 'custom']);
const TOP_LEVEL: ReadonlySet<string> = new Set(['root', 'timestamp', 'snapshot', 'targets']);

const READERS: { readonly [T in RoleType]: (signed: JsonObject) => Models[T] } = {
  root: readRoot,
  timestamp: readTimestamp,
  snapshot: readSnapshot,
  targets: readTargets,
};

/**
 * The model of `signed`, which must be of `type`.
 *
 * @throws WritError JSON_TYPE for a member of another type or out of range, TUF_FORMAT, TUF_SPEC_VERSION,
 *   TUF_ROLE_NAME, KEY_FORMAT for a malformed key id
 */
export function readSigned<T extends RoleType>(type: T, signed: JsonObject): Models[T] {
  const actual = stringAt(signed, '_type', 'signed');
  if (actual !== type) {
    throw new WritError('TUF_FORMAT', `the document is of type ${JSON.stringify(actual)}, not "${type}"`);
  }
  return READERS[type](signed);
}

/**
 * One signature: `{keyid, sig}`. TUF specification §4.2.
 *
 * @throws WritError JSON_TYPE, KEY_FORMAT for a malformed key id
 */
export function readSignature(json: JsonObject, path: string): Signature {
  const keyId = parseKeyId(stringAt(json, 'keyid', path));
  const bytes = bytesFromHex(stringAt(json, 'sig', path));
  return { keyId, bytes: bytes?.length === 0 ? undefined : bytes };
}

interface Common {
  readonly specVersion: string;
  readonly version: number;
  readonly expires: Date;
}

function readCommon(signed: JsonObject): Common {
  const specVersion = stringAt(signed, 'spec_version', 'signed');
  const major = SPEC_VERSION.exec(specVersion)?.[1];
  if (major === undefined) throw new WritError('TUF_FORMAT', 'signed.spec_version must be like "1.0.34"');
  if (major !== '1') {
    throw new WritError('TUF_SPEC_VERSION', `the document is of TUF ${specVersion}, only 1.x can be read`);
  }
  return {
    specVersion,
    version: integerAt(signed, 'version', 'signed', 1),
    expires: parseExpires(stringAt(signed, 'expires', 'signed'), 'signed.expires'),
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
    consistentSnapshot: isOrIsAbsent(signed, 'consistent_snapshot'),
    keys: readKeys(objectAt(signed, 'keys', 'signed'), 'signed.keys'),
    roles: {
      root: role('root'),
      timestamp: role('timestamp'),
      snapshot: role('snapshot'),
      targets: role('targets'),
    },
    unrecognized: unrecognized(signed, ROOT_MEMBERS),
  };
}

/** A boolean that is false where it is not stated. §6.2.1 */
function isOrIsAbsent(signed: JsonObject, name: string): boolean {
  return member(signed, name) === undefined ? false : booleanAt(signed, name, 'signed');
}

function readTimestamp(signed: JsonObject): Timestamp {
  const common = readCommon(signed);
  const meta = objectAt(signed, 'meta', 'signed');
  const snapshot = objectAt(meta, 'snapshot.json', 'signed.meta');
  return {
    type: 'timestamp',
    ...common,
    snapshot: readMetaFile(snapshot, 'signed.meta["snapshot.json"]'),
    unrecognized: unrecognized(signed, META_MEMBERS),
  };
}

function readSnapshot(signed: JsonObject): Snapshot {
  const common = readCommon(signed);
  const listed = objectAt(signed, 'meta', 'signed');
  const others = readAll(listed, 'signed.meta', readMetaFile);
  const run = VERSION_RUNS.of(listed);
  const meta = run === undefined ? others : new MapWithRun(run, version => ({ version }), others);
  return { type: 'snapshot', ...common, meta, unrecognized: unrecognized(signed, META_MEMBERS) };
}

function readMetaFile(json: JsonObject, path: Path): MetaFile {
  const length = member(json, 'length');
  const hashes = member(json, 'hashes');
  return {
    version: integerAt(json, 'version', path, 1),
    length: length === undefined ? undefined : integerAt(json, 'length', path),
    hashes:
      hashes === undefined
        ? undefined
        : readHashes(objectAt(json, 'hashes', path), () => pathOf(path, 'hashes')),
    unrecognized: unrecognized(json, META_FILE_MEMBERS),
  };
}

function readTargets(signed: JsonObject): Targets {
  const common = readCommon(signed);
  const targets = readAll(objectAt(signed, 'targets', 'signed'), 'signed.targets', readTargetFile);
  const inGroups = Array.isArray(member(signed, 'delegations'));
  return {
    type: 'targets',
    ...common,
    targets,
    delegations: inGroups ? readGroups(signed) : readOneByOne(signed),
    unrecognized: unrecognized(signed, inGroups ? GROUPED_TARGETS_MEMBERS : TARGETS_MEMBERS),
  };
}

function readOneByOne(signed: JsonObject): Delegations | undefined {
  const delegations = member(signed, 'delegations');
  return delegations === undefined ? undefined : readDelegations(delegations, 'signed.delegations');
}

/** All members are read once, so that nothing malformed is left to be found later; none is kept. */
function readAll<V>(
  json: JsonObject,
  path: string,
  readMember: (json: JsonObject, path: Path) => V,
): ReadonlyMap<string, V> {
  let name: string;
  // One path for all: it is put into words for a message only.
  const pathOfMember = (): string => `${path}["${name}"]`;
  const read = (value: JsonValue | undefined): V => readMember(asObject(value, pathOfMember), pathOfMember);
  const names = Object.keys(json);
  for (name of names) read(json[name]);
  return new JsonMap(json, read, names.length);
}

function readTargetFile(json: JsonObject, path: Path): TargetFile {
  const custom = member(json, 'custom');
  return {
    length: integerAt(json, 'length', path),
    hashes: readHashes(objectAt(json, 'hashes', path), () => pathOf(path, 'hashes')),
    custom: custom === undefined ? undefined : objectAt(json, 'custom', path),
    unrecognized: unrecognized(json, TARGET_FILE_MEMBERS),
  };
}
