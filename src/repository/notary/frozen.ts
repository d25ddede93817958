/**
 * Repositories that were imported without the key of their timestamp: served as they are, until their owner publishes
 * a root that names keys of this service, or the timestamp expires.
 */
import { asArray, asObject, asString, stringAt } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import type { IndexReader } from '../../storage/ports.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import { TIMESTAMP } from '../../tuf/role-name.js';
import { FROZEN, keysOf } from './names.js';
import type { OnlineRole } from './online.js';
import { readHead } from './records.js';

export interface Frozen {
  readonly gun: Gun;
  /** When its timestamp expires: no client takes it for current from then on. */
  readonly until: Date;
  /** SHA-256 of that timestamp. */
  readonly timestamp: string;
  /** The roles whose keys its owner must rotate. */
  readonly roles: readonly OnlineRole[];
}

export const writeFrozen = ({ gun, until, timestamp, roles }: Frozen): JsonObject => ({
  gun,
  until: until.toISOString(),
  timestamp,
  roles: [...roles],
});

function readFrozen(value: JsonValue): Frozen {
  const json = asObject(value, 'frozen');
  const roles = asArray(member(json, 'roles'), 'roles').map(role => asString(role, 'role'));
  return {
    gun: parseGun(stringAt(json, 'gun', 'frozen')),
    until: new Date(stringAt(json, 'until', 'frozen')),
    timestamp: stringAt(json, 'timestamp', 'frozen'),
    roles: roles.map(role => (role === 'snapshot' ? 'snapshot' : 'timestamp')),
  };
}

/** Whether the timestamp of `gun` still is the imported one, and cannot be signed again here. */
export async function isFrozen(index: IndexReader, gun: Gun): Promise<boolean> {
  const { frozen, head } = keysOf(gun);
  const record = await index.get(frozen);
  if (record === undefined) return false;
  const state = await index.get(head);
  if (state === undefined) return false;
  return readHead(state).roles.get(TIMESTAMP)?.sha256 === readFrozen(record).timestamp;
}

/** All that still are, by name. */
export async function listFrozen(index: IndexReader): Promise<readonly Frozen[]> {
  const found: Frozen[] = [];
  for (const [, value] of await index.list(FROZEN)) {
    const frozen = readFrozen(value);
    if (await isFrozen(index, frozen.gun)) found.push(frozen);
  }
  return found.sort((a, b) => (a.gun < b.gun ? -1 : 1));
}
