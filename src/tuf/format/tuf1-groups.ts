/** Delegations to several roles that must agree: `delegations` as a list, beside `keys_for_delegations`. TAP 3. */
import { WritError } from '../../errors.js';
import { arrayAt, asObject, booleanAt, integerAt, objectAt, stringAt, stringsAt } from '../../json/read.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import type { Delegations, GroupRole, RoleGroup } from '../model.js';
import { parseDelegatedRoleName } from '../role-name.js';
import { readKeyIds, readKeys } from './tuf1-keys.js';
import { unrecognized } from './tuf1-parts.js';

/** The member that holds the keys, and that is known only where `delegations` is a list. */
export const KEYS_MEMBER = 'keys_for_delegations';
const GROUP_MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'paths',
  'terminating',
  'min_roles_in_agreement',
  'roleinfo',
]);
const ROLE_MEMBERS: ReadonlySet<string> = new Set(['rolename', 'keyids', 'threshold']);

/**
 * The delegations of a targets document that writes them as a list.
 *
 * @throws WritError JSON_TYPE, KEY_FORMAT; TUF_ROLE_NAME; TUF_FORMAT for a role twice in one delegation, or with other
 *   keys in another
 */
export function readGroups(signed: JsonObject): Delegations {
  const path = 'signed.delegations';
  const list = arrayAt(signed, 'delegations', 'signed');
  const groups = list.map((group, i) => readGroup(asObject(group, `${path}[${i}]`), `${path}[${i}]`));
  refuseTwoMeanings(groups, path);
  return {
    keys: readKeys(objectAt(signed, KEYS_MEMBER, 'signed'), `signed.${KEYS_MEMBER}`),
    roles: [],
    groups,
  };
}

function readGroup(json: JsonObject, path: string): RoleGroup {
  const roles = arrayAt(json, 'roleinfo', path).map((role, i) => readRole(role, `${path}.roleinfo[${i}]`));
  if (new Set(roles.map(({ name }) => name)).size !== roles.length) {
    throw new WritError('TUF_FORMAT', `${path}.roleinfo must not list a role twice`);
  }
  return {
    name: stringAt(json, 'name', path),
    scope: { kind: 'paths', patterns: stringsAt(json, 'paths', path) },
    terminating: booleanAt(json, 'terminating', path),
    minRolesInAgreement: integerAt(json, 'min_roles_in_agreement', path, 1, roles.length),
    roles,
    unrecognized: unrecognized(json, GROUP_MEMBERS),
  };
}

function readRole(value: JsonValue, path: string): GroupRole {
  const json = asObject(value, path);
  return {
    name: parseDelegatedRoleName(stringAt(json, 'rolename', path)),
    keyIds: readKeyIds(json, path),
    threshold: integerAt(json, 'threshold', path, 1),
    unrecognized: unrecognized(json, ROLE_MEMBERS),
  };
}

/** A role is verified by its delegator's keys for it, so that there must be one set of them. */
function refuseTwoMeanings(groups: readonly RoleGroup[], path: string): void {
  const known = new Map<string, string>();
  for (const { name, keyIds, threshold } of groups.flatMap(({ roles }) => roles)) {
    const meaning = JSON.stringify([threshold, [...keyIds].sort()]);
    if ((known.get(name) ?? meaning) !== meaning) {
      throw new WritError('TUF_FORMAT', `${path} must not give the role ${name} different keys`);
    }
    known.set(name, meaning);
  }
}

/** As the TAP writes it; see {@link readGroups}. */
export function writeGroup(group: RoleGroup): JsonObject {
  const { name, scope, terminating, minRolesInAgreement, roles, unrecognized: rest } = group;
  if (scope.kind !== 'paths') {
    throw new WritError('TUF_FORMAT', 'roles that must agree are delegated to by globs only');
  }
  return {
    ...rest,
    name,
    paths: scope.patterns,
    terminating,
    min_roles_in_agreement: minRolesInAgreement,
    roleinfo: roles.map(role => ({
      ...role.unrecognized,
      rolename: role.name,
      keyids: role.keyIds,
      threshold: role.threshold,
    })),
  };
}
