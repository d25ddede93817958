/** Writes parts of the model as TUF 1.0 JSON. Members that are not recognised go back where they were. */
import type { JsonObject, JsonValue } from '../../json/types.js';
import type { DelegatedRole, Delegations, Hashes, Keys, MetaFile, RoleKeys, TargetFile } from '../model.js';

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

export function writeDelegations({ keys, roles, unrecognized }: Delegations): JsonObject {
  return { ...unrecognized, keys: writeKeys(keys), roles: roles.map(writeDelegatedRole) };
}

function writeDelegatedRole(role: DelegatedRole): JsonObject {
  const { name, terminating, scope } = role;
  return {
    ...writeRoleKeys(role),
    name,
    terminating,
    ...(scope.kind === 'paths' ? { paths: scope.patterns } : { path_hash_prefixes: scope.prefixes }),
  };
}
