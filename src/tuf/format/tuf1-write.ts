/** Writes parts of the model as TUF 1.0 JSON. Members that are not recognised go back where they were. */
import { WritError } from '../../errors.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import { MAX_WRITTEN_BIT_LENGTH } from '../bins.js';
import { KEYS_MEMBER, writeGroup } from './tuf1-groups.js';
import type {
  DelegatedRole,
  Delegations,
  Hashes,
  Keys,
  MetaFile,
  RoleKeys,
  SuccinctRoles,
  TargetFile,
} from '../model.js';

/** `entries` as an object, each value written by `write`. One pass; a key `__proto__` is a key like any other. */
export function writeMap<K extends string, V>(
  entries: ReadonlyMap<K, V>,
  write: (value: V) => JsonValue,
): JsonObject {
  return Object.fromEntries(Array.from(entries, ([key, value]) => [key, write(value)]));
}

export const writeHashes = (hashes: Hashes): JsonObject => Object.fromEntries(hashes);

export const writeKeys = (keys: Keys): JsonObject => writeMap(keys, key => key.toJson());

export function writeRoleKeys({ keyIds, threshold, unrecognized }: RoleKeys): JsonObject {
  return { ...unrecognized, keyids: keyIds, threshold };
}

export function writeMetaFile({ version, length, hashes, unrecognized }: MetaFile): JsonObject {
  return {
    ...unrecognized,
    version,
    ...(length !== undefined && { length }),
    ...(hashes && { hashes: writeHashes(hashes) }),
  };
}

export function writeTargetFile({ length, hashes, custom, unrecognized }: TargetFile): JsonObject {
  return { ...unrecognized, length, hashes: writeHashes(hashes), ...(custom && { custom }) };
}

/** The members of a targets document that delegate. */
export function writeDelegationMembers(delegations: Delegations): JsonObject {
  const { keys, roles, succinct, groups, unrecognized } = delegations;
  if (groups === undefined) return { delegations: writeDelegations(delegations) };
  if (roles.length > 0 || succinct !== undefined || unrecognized !== undefined) {
    throw new WritError('TUF_FORMAT', 'roles that must agree are delegated to alone');
  }
  return { [KEYS_MEMBER]: writeKeys(keys), delegations: groups.map(writeGroup) };
}

/**
 * @throws WritError TUF_FORMAT for both roles and hash bins, TUF_LIMIT for more bins than the reference clients can
 *   have in a snapshot
 */
function writeDelegations({ keys, roles, succinct, unrecognized }: Delegations): JsonObject {
  const common = { ...unrecognized, keys: writeKeys(keys) };
  if (succinct === undefined) return { ...common, roles: roles.map(writeDelegatedRole) };
  if (roles.length === 0) return { ...common, succinct_roles: writeSuccinct(succinct) };
  throw new WritError('TUF_FORMAT', 'one document cannot delegate both to roles and to hash bins');
}

function writeSuccinct(succinct: SuccinctRoles): JsonObject {
  const { bitLength, namePrefix } = succinct;
  if (bitLength > MAX_WRITTEN_BIT_LENGTH) {
    throw new WritError(
      'TUF_LIMIT',
      `2^${bitLength} hash bins are more than clients can read in a snapshot; 2^${MAX_WRITTEN_BIT_LENGTH} fit`,
    );
  }
  return { ...writeRoleKeys(succinct), bit_length: bitLength, name_prefix: namePrefix };
}

function writeDelegatedRole(role: DelegatedRole): JsonObject {
  const { name, terminating, scope } = role;
  return { ...writeRoleKeys(role), name, terminating, ...writeScope(scope) };
}

function writeScope(scope: DelegatedRole['scope']): JsonObject {
  switch (scope.kind) {
    case 'paths':
      return { paths: scope.patterns };
    case 'hashPrefixes':
      return { path_hash_prefixes: scope.prefixes };
    case 'pathPrefixes':
      throw new WritError('TUF_FORMAT', 'TUF 1.0 delegates by globs and by prefixes of hashes, not of paths');
  }
}
