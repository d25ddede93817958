/** What a Notary repository says about an image: the released target of a tag, or of the tags of a digest. */
import { WritError } from '../errors.js';
import type { Targets, TargetFile } from '../tuf/model.js';
import { isExpired } from '../tuf/expiry.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import type { NotaryCollection } from './collection.js';
import { isReleased, RELEASES } from './released.js';

/** A target, and the verified document that says it. */
export interface NotaryStatement {
  /** Of the target: a tag. */
  readonly name: string;
  readonly target: TargetFile;
  readonly role: RoleName;
  readonly verified: Verified<Targets>;
}

/**
 * What counts, each name once: what is released, `targets/releases` before `targets`, or what one role says.
 *
 * @param role - only what it says itself
 * @param now - of the update
 * @throws WritError TUF_EXPIRED, TUF_THRESHOLD when a role that would be asked cannot be read: it may say otherwise
 */
export function statements(
  collection: NotaryCollection,
  role: RoleName | undefined,
  now: Date,
): ReadonlyMap<string, NotaryStatement> {
  for (const asked of role === undefined ? [RELEASES] : [role]) refuseInvalid(collection, asked, now);
  const said =
    role === undefined
      ? collection.targets([RELEASES, TARGETS]).filter(target => isReleased(target.role))
      : collection.allTargets().filter(target => target.role === role);
  const found = new Map<string, NotaryStatement>();
  for (const { name, role: by, file } of said) {
    const verified = collection.state.targets.get(by);
    if (verified !== undefined) found.set(name, { name, target: file, role: by, verified });
  }
  return found;
}

function refuseInvalid({ state }: NotaryCollection, role: RoleName, now: Date): void {
  const document = state.invalid.get(role);
  if (document === undefined) return;
  const { version, expires } = document.signed;
  if (!isExpired(document.signed, now))
    throw new WritError('TUF_THRESHOLD', `too few of the keys of ${role} signed its version ${version}`, {
      details: { role },
    });
  throw new WritError('TUF_EXPIRED', `${role} version ${version} expired at ${expires.toISOString()}`, {
    details: { role, version, expires: expires.toISOString() },
  });
}
