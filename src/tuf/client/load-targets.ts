/** Targets documents, the top-level one and delegated ones alike. TUF specification §5.6. */
import { WritError } from '../../errors.js';
import { parseDocument, type SignedDocument } from '../document.js';
import { refuseExpired } from '../expiry.js';
import type { Root, Snapshot, Targets } from '../model.js';
import { metadataFileName, type RoleName } from '../role-name.js';
import { recallRole, verifyRole, type Verified } from '../verified.js';
import { fetchDescribed, isDescribed } from './described.js';
import type { Session } from './session.js';
import { loadTrusted } from './trusted.js';

export interface TargetsContext {
  readonly session: Session;
  readonly root: Verified<Root>;
  readonly snapshot: Verified<Snapshot>;
}

/**
 * Gets the targets document of `role` that the snapshot names, from the store when it is there, and verifies it
 * by the keys of `delegator` as it is now. TUF specification §5.6.1 to §5.6.6.
 *
 * @param delegator - the root for `targets`, the delegating document for delegated roles
 * @throws WritError TUF_NOT_DELEGATED, TUF_MISSING, TUF_LIMIT, TUF_LENGTH, TUF_HASH, TUF_THRESHOLD, TUF_VERSION,
 *   TUF_EXPIRED, those of parseDocument
 */
export async function loadTargets(
  { session, root, snapshot }: TargetsContext,
  delegator: Verified<Root> | Verified<Targets>,
  role: RoleName,
): Promise<Verified<Targets>> {
  const meta = snapshot.value.meta.get(metadataFileName(role));
  if (meta === undefined) throw new WritError('TUF_MISSING', `the snapshot does not list the role ${role}`);
  const { known, limits } = session;
  const parse = (bytes: Uint8Array): SignedDocument<Targets> =>
    parseDocument(bytes, 'targets', limits.targets);
  const trusted = await loadTrusted(session, role, bytes => recallRole(delegator, role, parse(bytes), known));
  if (trusted && isDescribed(meta, trusted)) {
    refuseExpired(trusted, session.now);
    return trusted;
  }
  const verify = (bytes: Uint8Array): Verified<Targets> => verifyRole(delegator, role, parse(bytes), known);
  const targets = await fetchDescribed({ session, root, role, meta, verify });
  refuseExpired(targets, session.now);
  await session.store.save(role, targets.bytes);
  return targets;
}
