/** Who changed what, when, and with which token: one entry for each accepted change, the newest ten thousand kept. */
import { asInteger, asObject, integerAt, objectAt, stringAt } from '../../json/read.js';
import type { JsonValue } from '../../json/types.js';
import type { IndexReader, IndexTransaction } from '../../storage/ports.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import { AUDIT, LAST_AUDIT } from './names.js';

export interface Actor {
  /** Empty where nobody had to say who they are. */
  readonly subject: string;
  /** The id of the token; empty without one. */
  readonly tokenId: string;
}

export const NO_ACTOR: Actor = { subject: '', tokenId: '' };

export type AuditAction = 'publish' | 'rotate-key' | 'delete';

export interface AuditEntry {
  /** Counts from 1. */
  readonly id: number;
  readonly at: Date;
  readonly gun: Gun;
  readonly action: AuditAction;
  readonly by: Actor;
  /** The roles that were published, with their versions; 0 for the role of a key. */
  readonly roles: Readonly<Record<string, number>>;
}

const MAX_ENTRIES = 10_000;
const keyOf = (id: number): string => AUDIT + String(id).padStart(16, '0');

/** Writes an entry down with the change itself: there is no change without it. */
export async function recordAudit(tx: IndexTransaction, entry: Omit<AuditEntry, 'id'>): Promise<void> {
  const id = asInteger((await tx.get(LAST_AUDIT)) ?? 0, 'last audit') + 1;
  const { at, gun, action, by, roles } = entry;
  const { subject, tokenId } = by;
  tx.put(LAST_AUDIT, id);
  tx.put(keyOf(id), { id, at: at.toISOString(), gun, action, subject, tokenId, roles });
  if (id > MAX_ENTRIES) tx.delete(keyOf(id - MAX_ENTRIES));
}

function readEntry(value: JsonValue): AuditEntry {
  const json = asObject(value, 'audit');
  const roles = objectAt(json, 'roles', 'audit');
  return {
    id: integerAt(json, 'id', 'audit', 1),
    at: new Date(stringAt(json, 'at', 'audit')),
    gun: parseGun(stringAt(json, 'gun', 'audit')),
    action: actionOf(stringAt(json, 'action', 'audit')),
    by: { subject: stringAt(json, 'subject', 'audit'), tokenId: stringAt(json, 'tokenId', 'audit') },
    roles: Object.fromEntries(Object.keys(roles).map(role => [role, integerAt(roles, role, 'audit.roles')])),
  };
}

const ACTIONS: readonly AuditAction[] = ['publish', 'rotate-key', 'delete'];
const actionOf = (text: string): AuditAction => ACTIONS.find(action => action === text) ?? 'publish';

export interface AuditQuery {
  /** Entries before this id; 0: from the newest on. */
  readonly before: number;
  /** At most so many. */
  readonly records: number;
  /** Which repositories are asked about. */
  readonly wanted: (gun: Gun) => boolean;
}

/** Entries, the newest first. */
export async function readAudit(
  index: IndexReader,
  { before, records, wanted }: AuditQuery,
): Promise<readonly AuditEntry[]> {
  const last = asInteger((await index.get(LAST_AUDIT)) ?? 0, 'last audit');
  const found: AuditEntry[] = [];
  for (let id = before > 0 ? Math.min(last, before - 1) : last; id > last - MAX_ENTRIES && id > 0; id--) {
    const value = await index.get(keyOf(id));
    const entry = value === undefined ? undefined : readEntry(value);
    if (entry !== undefined && wanted(entry.gun)) found.push(entry);
    if (found.length >= records) break;
  }
  return found;
}
