/** A change that waits to be published, as Notary's own client writes it. client/changelist/change.go. */
import { WritError } from '../errors.js';
import { asObject, stringAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { member } from '../json/types.js';
import { bytesOfBase64 } from '../crypto/base64.js';

export type ChangeAction = 'create' | 'update' | 'delete';
/** What is changed: a target, a delegation, nothing but version and expiry, or the keys of a role of the root. */
export type ChangeType = 'target' | 'delegation' | 'witness' | 'role';

export interface Change {
  readonly action: ChangeAction;
  /** The role that is changed: `targets`, `targets/a`, or `targets/*` where keys are taken from all delegations. */
  readonly scope: string;
  readonly type: ChangeType;
  /** The name of a target; empty for other changes. */
  readonly path: string;
  /** JSON, by type and action; undefined where nothing more is to be said. */
  readonly data: Uint8Array | undefined;
}

const MAX_BYTES = 16 * 1024 * 1024;
const ACTIONS: readonly ChangeAction[] = ['create', 'update', 'delete'];
const TYPES: readonly ChangeType[] = ['target', 'delegation', 'witness', 'role'];

/** The content of a file of the change list. @param name - names the file in messages @throws WritError NOTARY_CHANGE */
export function parseChange(bytes: Uint8Array, name: string): Change {
  try {
    const json = asObject(parseStrict(bytes, { maxBytes: MAX_BYTES }), 'change');
    const data = member(json, 'data') ?? null;
    return {
      action: oneOf(ACTIONS, stringAt(json, 'action', 'change')),
      scope: stringAt(json, 'role', 'change'),
      type: oneOf(TYPES, stringAt(json, 'type', 'change')),
      path: stringAt(json, 'path', 'change'),
      data: data === null ? undefined : bytesOfBase64(stringAt(json, 'data', 'change')),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('NOTARY_CHANGE', `the staged change ${name} cannot be read: ${reason}`, { cause });
  }
}

function oneOf<T extends string>(known: readonly T[], text: string): T {
  const found = known.find(one => one === text);
  if (found !== undefined) return found;
  throw new WritError('NOTARY_CHANGE', `${JSON.stringify(text.slice(0, 64))} is not supported`);
}

/** What {@link parseChange} reads, with the members in Notary's order. */
export function writeChange({ action, scope, type, path, data }: Change): Uint8Array {
  const content = data === undefined ? null : Buffer.from(data).toString('base64');
  return Buffer.from(JSON.stringify({ action, role: scope, type, path, data: content }));
}
