/** The keys that sign hash bins: all that are needed must be here, since there are too many bins for proposals. */
import { WritError } from '../../errors.js';
import type { RoleKeys } from '../../tuf/model.js';
import type { Signer } from '../../tuf/ports.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { allKeys, findKey, openKeyStore, unlock } from '../keys.js';

/**
 * Signers with keys of the key store, as many as the threshold asks for; asks for their pass-phrases.
 *
 * @param role - that is divided into the bins. A key that is for this role alone may sign its bins too: they are parts
 *   of it
 * @param only - ids, or their beginnings, or PKCS #11 URIs of the keys to sign with; none: all that may
 * @throws WritError CLI_NO_KEY when the key store holds too few, KEYSTORE_REFUSED for a key of another role; as unlock
 */
export async function signersHere(
  context: Context,
  role: RoleName,
  { keyIds, threshold }: RoleKeys,
  only: readonly string[] = [],
): Promise<Signer[]> {
  const store = await openKeyStore(context);
  const allowed: ReadonlySet<string> = new Set(keyIds);
  const candidates =
    only.length === 0
      ? await allKeys(context, store)
      : await Promise.all(only.map(text => findKey(store, text, context)));
  const held = candidates.filter(({ publicKey }) => allowed.has(publicKey.id));
  if (held.length < threshold) {
    throw new WritError(
      'CLI_NO_KEY',
      `the hash bins of ${role} need ${threshold} signatures, and the key store holds ${held.length} of their keys`,
      { hint: `their keys are ${keyIds.join(', ')}; bins are signed in one visit, by one key store` },
    );
  }
  const signers: Signer[] = [];
  // One after the other: each may ask at the terminal.
  for (const key of held.slice(0, threshold)) {
    const signer = await unlock(context, store, key, role);
    signers.push({ key: signer.key, sign: (_bin, payload) => signer.sign(role, payload) });
  }
  return signers;
}
