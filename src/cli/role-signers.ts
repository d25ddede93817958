/** Who may sign for a role, and which of those keys are here. */
import { WritError } from '../errors.js';
import { searchRoles } from '../tuf/client/search.js';
import type { RepositoryView } from '../tuf/client/view.js';
import { keysOfDelegate } from '../tuf/delegation.js';
import type { RoleKeys, Targets } from '../tuf/model.js';
import type { Signer } from '../tuf/ports.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import type { Context } from './command.js';
import { openKeyStore, unlock } from './keys.js';

/** A targets role as it is now. */
export interface CurrentRole {
  readonly document: Verified<Targets>;
  /** As its delegator lists them. */
  readonly keys: RoleKeys;
}

/**
 * The current document of a targets role, and who may sign the next.
 *
 * @throws WritError TUF_NOT_DELEGATED when nobody delegates to it; as RepositoryView.delegated
 */
export async function currentRole(view: RepositoryView, role: RoleName): Promise<CurrentRole> {
  if (role === TARGETS) return { document: view.targets, keys: view.root.value.roles.targets };
  const found = await searchRoles(
    view,
    ({ roles }) => roles,
    delegator => {
      const { delegations } = delegator.value;
      const keys = delegations && keysOfDelegate(delegations, role);
      return keys && { delegator, keys };
    },
  );
  if (found === undefined) throw new WritError('TUF_NOT_DELEGATED', `nobody delegates to a role ${role}`);
  return { document: await view.delegated(found.delegator, role), keys: found.keys };
}

/**
 * Signers with keys of the role that the key store holds, as many as the role needs; asks for their pass-phrases.
 *
 * @throws WritError CLI_NO_KEY when it holds too few; as unlock
 */
export async function signersFor(
  context: Context,
  role: RoleName,
  { keyIds, threshold }: RoleKeys,
): Promise<Signer[]> {
  const store = await openKeyStore(context);
  const allowed: ReadonlySet<string> = new Set(keyIds);
  const held = (await store.list()).filter(({ publicKey }) => allowed.has(publicKey.id));
  if (held.length < threshold) throw tooFew(role, held.length, threshold, keyIds);
  const signers: Signer[] = [];
  // One after the other: each may ask at the terminal.
  for (const key of held.slice(0, threshold)) signers.push(await unlock(context, store, key, role));
  return signers;
}

function tooFew(role: RoleName, held: number, threshold: number, keyIds: readonly string[]): WritError {
  return new WritError(
    'CLI_NO_KEY',
    `the role ${role} needs ${threshold} signature${threshold === 1 ? '' : 's'}, and the key store holds ${held} of its keys`,
    {
      hint: `its keys are ${keyIds.join(', ')}; name the folder that holds them in the setting keys, or in WRIT_KEYS`,
      details: { role, threshold, held, keys: keyIds },
    },
  );
}
