/** Keys, and who may sign with them, as root and delegations list them. TUF specification §4.2 and §4.3. */
import { parseKeyId, type KeyId } from '../../crypto/key-id.js';
import { parsePublicKey, type PublicKey } from '../../crypto/public-key.js';
import { isWritError, WritError } from '../../errors.js';
import { asObject, integerAt, stringsAt } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import type { Keys, RoleKeys, UnusableKey } from '../model.js';
import { unrecognized } from './tuf1-parts.js';

const ROLE_KEYS_MEMBERS: ReadonlySet<string> = new Set(['keyids', 'threshold']);

/** Reads one key as {@link parsePublicKey} does. `listedAs` is the id that the document gives it. */
export type KeyReader = (json: JsonObject, path: string, listedAs: string) => PublicKey;

/**
 * The listed keys. One that cannot count is kept as such, and breaks no other.
 *
 * @throws WritError KEY_FORMAT for a malformed key id, JSON_TYPE for a key that has not the shape of one
 */
export function readKeys(json: JsonObject, path: string, parse: KeyReader = parsePublicKey): Keys {
  const keys = new Map<KeyId, PublicKey | UnusableKey>();
  for (const [id, value] of Object.entries(json)) {
    const keyPath = `${path}[${JSON.stringify(id)}]`;
    keys.set(parseKeyId(id), readKey(asObject(value, keyPath), keyPath, parse, id));
  }
  return keys;
}

function readKey(
  json: JsonObject,
  path: string,
  parse: KeyReader,
  listedAs: string,
): PublicKey | UnusableKey {
  try {
    return parse(json, path, listedAs);
  } catch (error) {
    if (!isWritError(error, 'KEY_TYPE', 'KEY_FORMAT', 'KEY_WEAK')) throw error;
    return { material: undefined, reason: error.message, toJson: () => json };
  }
}

/**
 * `{keyids, threshold}` of a role.
 *
 * @throws WritError JSON_TYPE for a threshold below 1, TUF_FORMAT for a key id listed twice, KEY_FORMAT
 */
export function readRoleKeys(json: JsonObject, path: string): RoleKeys {
  return {
    keyIds: readKeyIds(json, path),
    threshold: integerAt(json, 'threshold', path, 1),
    unrecognized: unrecognized(json, ROLE_KEYS_MEMBERS),
  };
}

/** The `keyids` of a role, no id twice; see {@link readRoleKeys}. */
export function readKeyIds(json: JsonObject, path: string): KeyId[] {
  const ids = stringsAt(json, 'keyids', path).map(parseKeyId);
  if (new Set(ids).size !== ids.length) {
    throw new WritError('TUF_FORMAT', `${path}.keyids must not list an id twice`);
  }
  return ids;
}
