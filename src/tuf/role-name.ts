/** Names of roles, and the names of the files that hold their metadata. TUF specification §4 and §5. */
import { WritError } from '../errors.js';

declare const brand: unique symbol;
export type RoleName = string & { readonly [brand]: 'RoleName' };

/** What a metadata file says it is: the four types of TUF. Delegated roles are of type `targets`. */
export type RoleType = 'root' | 'timestamp' | 'snapshot' | 'targets';

const MAX_LENGTH = 256;
const CONTROL = /\p{Cc}/u;

function isRoleName(text: string): text is RoleName {
  return text.length >= 1 && text.length <= MAX_LENGTH && text.isWellFormed() && !CONTROL.test(text);
}

/**
 * The role that `text` names: 1 to 256 UTF-16 units, no control characters. A name may hold `/`, `..` and `%`:
 * it is a name, never a path, and whoever makes a path or URL of it must encode it first.
 *
 * @throws WritError TUF_ROLE_NAME
 */
export function parseRoleName(text: string): RoleName {
  if (isRoleName(text)) return text;
  throw new WritError(
    'TUF_ROLE_NAME',
    `a role name must have 1 to ${MAX_LENGTH} characters and no control characters, ${quoted(text)} has not`,
  );
}

/** `text` for a message: quoted, escaped and cut. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

export const ROOT = parseRoleName('root');
export const TIMESTAMP = parseRoleName('timestamp');
export const SNAPSHOT = parseRoleName('snapshot');
export const TARGETS = parseRoleName('targets');
export const TOP_LEVEL_ROLES: readonly RoleName[] = [ROOT, TIMESTAMP, SNAPSHOT, TARGETS];

/**
 * The name of a delegated role: as {@link parseRoleName}, and not one of the top-level roles in any case of
 * letters, which would be one file with it on some file systems.
 *
 * @throws WritError TUF_ROLE_NAME
 */
export function parseDelegatedRoleName(text: string): RoleName {
  const name = parseRoleName(text);
  if (TOP_LEVEL_ROLES.some(role => role === name.toLowerCase())) {
    throw new WritError('TUF_ROLE_NAME', `a delegated role must not be named ${quoted(text)}`);
  }
  return name;
}

/** The type of metadata that a role has: its own for top-level roles, `targets` for delegated ones. */
export function typeOfRole(role: RoleName): RoleType {
  switch (role) {
    case ROOT:
      return 'root';
    case TIMESTAMP:
      return 'timestamp';
    case SNAPSHOT:
      return 'snapshot';
    default:
      return 'targets';
  }
}

/**
 * The metadata file of a role: `team.json`, or `5.team.json` with a version. The role's name stands as it is;
 * adapters percent-encode it. TUF specification §6.2.
 */
export function metadataFileName(role: RoleName, version?: number): string {
  return version === undefined ? `${role}.json` : `${version}.${role}.json`;
}
