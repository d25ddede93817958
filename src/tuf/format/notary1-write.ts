/**
 * The `signed` parts of new Notary v1 documents, and documents with signatures. Each part reads back what it wrote:
 * what a client would refuse is not built.
 */
import { base64Of } from '../../crypto/base64.js';
import { WritError } from '../../errors.js';
import { canonicalText } from '../../json/canonical.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import type { DelegatedRole, Delegations, Root, TargetFile, Targets } from '../model.js';
import type { RoleType } from '../role-name.js';
import { formatNotaryExpires } from './notary1-expires.js';
import { writeNotaryHashes } from './notary1-parts.js';
import {
  NOTARY1,
  NOTARY_TYPES,
  type NotaryFile,
  type NotarySnapshot,
  type NotaryTimestamp,
} from './notary1.js';
import { writeKeys, writeMap, writeRoleKeys } from './tuf1-write.js';

/** @throws WritError TUF_FORMAT, JSON_TYPE, KEY_FORMAT for what a client would refuse */
export function writeNotaryRoot(root: Omit<Root, 'type' | 'specVersion'>): JsonObject {
  const { roles } = root;
  return written('root', root, {
    consistent_snapshot: root.consistentSnapshot,
    keys: writeKeys(root.keys),
    roles: {
      root: writeRoleKeys(roles.root),
      snapshot: writeRoleKeys(roles.snapshot),
      targets: writeRoleKeys(roles.targets),
      timestamp: writeRoleKeys(roles.timestamp),
    },
  });
}

/** @throws WritError as {@link writeNotaryRoot} */
export function writeNotaryTargets(targets: Omit<Targets, 'type' | 'specVersion'>): JsonObject {
  return written('targets', targets, {
    delegations: writeDelegations(targets.delegations ?? { keys: new Map(), roles: [] }),
    targets: writeMap(targets.targets, writeTargetFile),
  });
}

/** @throws WritError as {@link writeNotaryRoot} */
export const writeNotarySnapshot = (snapshot: Omit<NotarySnapshot, 'type'>): JsonObject =>
  written('snapshot', snapshot, { meta: writeMap(snapshot.meta, writeFile) });

/** @throws WritError as {@link writeNotaryRoot} */
export const writeNotaryTimestamp = (timestamp: Omit<NotaryTimestamp, 'type'>): JsonObject =>
  written('timestamp', timestamp, { meta: writeMap(timestamp.meta, writeFile) });

interface Common {
  readonly version: number;
  readonly expires: Date;
  readonly unrecognized?: JsonObject | undefined;
}

function written(
  type: RoleType,
  { version, expires, unrecognized }: Common,
  members: JsonObject,
): JsonObject {
  const signed: JsonObject = {
    ...unrecognized,
    _type: NOTARY_TYPES[type],
    version,
    expires: formatNotaryExpires(expires),
    ...members,
  };
  NOTARY1.readSigned(type, signed);
  return signed;
}

const writeFile = ({ length, hashes, unrecognized }: NotaryFile): JsonObject => ({
  ...unrecognized,
  hashes: writeNotaryHashes(hashes),
  length,
});

const writeTargetFile = ({ custom, ...file }: TargetFile): JsonValue => ({
  ...writeFile(file),
  ...(custom && { custom }),
});

function writeDelegations({ keys, roles, succinct, groups, unrecognized }: Delegations): JsonObject {
  if (succinct !== undefined) throw new WritError('TUF_FORMAT', 'Notary v1 knows no hash bins');
  if (groups !== undefined) throw new WritError('TUF_FORMAT', 'Notary v1 knows no roles that must agree');
  return { ...unrecognized, keys: writeKeys(keys), roles: roles.map(writeDelegatedRole) };
}

function writeDelegatedRole({ name, scope, ...role }: DelegatedRole): JsonObject {
  if (scope.kind !== 'pathPrefixes') {
    throw new WritError('TUF_FORMAT', `Notary v1 delegates by prefixes of paths; ${name} has none`);
  }
  return { ...writeRoleKeys(role), name, paths: scope.prefixes };
}

/** A signature to be written. */
export interface NotarySignature {
  readonly keyid: string;
  /** `ecdsa`, `rsapss`, `eddsa`, … */
  readonly method: string;
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();

/** What Go escapes in JSON though JSON does not ask for it, and what canonical JSON leaves as no JSON may have it. */
const ESCAPED_BY_GO = /[<>&\u2028\u2029]|\p{Cc}/gu;
const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * The document of `signed` as Notary's own programs write it: the signed part in canonical JSON, with the escapes of
 * Go's encoding/json. notary-server hashes what it would have written itself; another form of the same text it would
 * lose.
 */
export function writeNotaryDocument(signed: JsonObject, signatures: readonly NotarySignature[]): Uint8Array {
  const part = canonicalText(signed).replace(ESCAPED_BY_GO, goEscape);
  const list = signatures.map(({ keyid, method, bytes }) => ({ keyid, method, sig: base64Of(bytes) }));
  return encoder.encode(`{"signed":${part},"signatures":${JSON.stringify(list)}}`);
}

/** All of these stand within strings only. C1 controls and DEL stay as they are. */
function goEscape(char: string): string {
  if (/[\x7f-\x9f]/.test(char)) return char;
  return SHORT_ESCAPES.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
