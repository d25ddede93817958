/** The `delegations` of a targets document. TUF specification §4.5, TAP 15. */
import { WritError } from '../../errors.js';
import { arrayAt, asObject, booleanAt, integerAt, objectAt, stringAt, stringsAt } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import { MAX_BIT_LENGTH, binNameOf } from '../bins.js';
import type { DelegatedRole, Delegations, SuccinctRoles } from '../model.js';
import { parseDelegatedRoleName } from '../role-name.js';
import { readKeyIds, readKeys } from './tuf1-keys.js';
import { unrecognized } from './tuf1-parts.js';

const DELEGATIONS_MEMBERS: ReadonlySet<string> = new Set(['keys', 'roles', 'succinct_roles']);
const ROLE_MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'keyids',
  'threshold',
  'terminating',
  'paths',
  'path_hash_prefixes',
]);
const SUCCINCT_MEMBERS: ReadonlySet<string> = new Set(['keyids', 'threshold', 'bit_length', 'name_prefix']);
const HASH_PREFIX = /^[0-9a-f]{1,64}$/;

/**
 * @throws WritError JSON_TYPE, KEY_FORMAT; TUF_ROLE_NAME for a name that a delegated role cannot have; TUF_FORMAT for
 *   a name twice, for a role without exactly one of `paths` and `path_hash_prefixes`, and for both `roles` and
 *   `succinct_roles`
 */
export function readDelegations(value: JsonValue, path: string): Delegations {
  const json = asObject(value, path);
  const succinct = member(json, 'succinct_roles');
  if (succinct !== undefined && member(json, 'roles') !== undefined) {
    throw new WritError('TUF_FORMAT', `${path} must not have both roles and succinct_roles`);
  }
  return {
    keys: readKeys(objectAt(json, 'keys', path), `${path}.keys`),
    roles: succinct === undefined ? readRoles(json, path) : [],
    succinct: succinct === undefined ? undefined : readSuccinct(succinct, `${path}.succinct_roles`),
    unrecognized: unrecognized(json, DELEGATIONS_MEMBERS),
  };
}

function readSuccinct(value: JsonValue, path: string): SuccinctRoles {
  const json = asObject(value, path);
  const succinct = {
    keyIds: readKeyIds(json, path),
    threshold: integerAt(json, 'threshold', path, 1),
    bitLength: integerAt(json, 'bit_length', path, 1, MAX_BIT_LENGTH),
    namePrefix: stringAt(json, 'name_prefix', path),
    unrecognized: unrecognized(json, SUCCINCT_MEMBERS),
  };
  binNameOf(succinct, 0); // all bins have names of one length and form
  return succinct;
}

function readRoles(json: JsonObject, path: string): DelegatedRole[] {
  const roles = arrayAt(json, 'roles', path).map((role, i) => readRole(role, `${path}.roles[${i}]`));
  refuseTwins(roles, path);
  return roles;
}

function refuseTwins(roles: readonly DelegatedRole[], path: string): void {
  const names = new Set<string>();
  for (const { name } of roles) {
    if (names.has(name)) throw new WritError('TUF_FORMAT', `${path}.roles has the role ${name} twice`);
    names.add(name);
  }
}

function readRole(value: JsonValue, path: string): DelegatedRole {
  const json = asObject(value, path);
  return {
    name: parseDelegatedRoleName(stringAt(json, 'name', path)),
    keyIds: readKeyIds(json, path),
    threshold: integerAt(json, 'threshold', path, 1),
    terminating: booleanAt(json, 'terminating', path),
    scope: readScope(json, path),
    unrecognized: unrecognized(json, ROLE_MEMBERS),
  };
}

function readScope(json: JsonObject, path: string): DelegatedRole['scope'] {
  const hasPaths = member(json, 'paths') !== undefined;
  const hasPrefixes = member(json, 'path_hash_prefixes') !== undefined;
  if (hasPaths === hasPrefixes) {
    throw new WritError('TUF_FORMAT', `${path} must have either paths or path_hash_prefixes`);
  }
  if (hasPaths) return { kind: 'paths', patterns: stringsAt(json, 'paths', path) };
  const prefixes = stringsAt(json, 'path_hash_prefixes', path);
  const wrong = prefixes.find(prefix => !HASH_PREFIX.test(prefix));
  if (wrong === undefined) return { kind: 'hashPrefixes', prefixes };
  throw new WritError('TUF_FORMAT', `${path}.path_hash_prefixes must be lower-case hex of 1 to 64 digits`);
}
