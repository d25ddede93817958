/** Signs documents with the keys at hand. tuf/signed/sign.go. */
import { WritError } from '../errors.js';
import { canonicalBytes } from '../json/canonical.js';
import type { JsonObject } from '../json/types.js';
import { writeNotaryDocument, type NotarySignature } from '../tuf/format/notary1-write.js';
import { canonicalIdOf } from './collection.js';
import type { AnyKey, Signers } from './draft.js';
import type { Keyring } from './keyring.js';

/** How long a document of a role is good for, in days: as Notary's own client gives them. */
export const LIFETIME_DAYS = { root: 3650, targets: 1095, snapshot: 1095 } as const;

const DAY_MS = 86_400_000;

/** The moment that a document which is signed now expires. */
export const expiryOf = (type: keyof typeof LIFETIME_DAYS, now: Date): Date =>
  new Date(now.getTime() + LIFETIME_DAYS[type] * DAY_MS);

/** What a document is to be signed with. */
export interface SigningKeys {
  /** Each of them must reach its threshold. */
  readonly needed: readonly Signers[];
  /** Sign too, where they are there: for clients that trust an old root. */
  readonly optional?: readonly AnyKey[];
}

/**
 * The document of a `signed` part, with a signature of every key that is there.
 *
 * @throws WritError NOTARY_KEY when too few keys are there; `details.found` says how many
 */
export async function signDocument(
  part: JsonObject,
  { needed, optional = [] }: SigningKeys,
  keyring: Keyring,
): Promise<Uint8Array> {
  const payload = canonicalBytes(part);
  const signatures = new Map<string, NotarySignature>();
  const sign = async (key: AnyKey | undefined): Promise<boolean> => {
    if (key?.material === undefined) return false;
    if (signatures.has(key.id)) return true;
    const own = await keyring.open(canonicalIdOf(key, key.id));
    if (own !== undefined) signatures.set(key.id, { keyid: key.id, ...own.sign(payload) });
    return own !== undefined;
  };
  for (const { keys, roleKeys } of needed) {
    let found = 0;
    for (const id of roleKeys.keyIds) if (await sign(keys.get(id))) found++;
    if (found < roleKeys.threshold) throw tooFew({ keys, roleKeys }, found);
  }
  for (const key of optional) await sign(key);
  return writeNotaryDocument(part, [...signatures.values()]);
}

function tooFew({ keys, roleKeys }: Signers, found: number): WritError {
  const ids = roleKeys.keyIds.map(id => canonicalIdOf(keys.get(id), id));
  const { threshold } = roleKeys;
  const message =
    found === 0
      ? `signing keys not available: need ${threshold} keys from ${ids.length} possible keys (${ids.join(', ')})`
      : `not enough signing keys: found ${found} of ${threshold} needed keys (${ids.join(', ')})`;
  return new WritError('NOTARY_KEY', message, { details: { found } });
}
