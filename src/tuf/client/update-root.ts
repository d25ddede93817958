/** The chain of roots. TUF specification §5.3. */
import { parseDocument } from '../document.js';
import { refuseExpired } from '../expiry.js';
import type { Root } from '../model.js';
import { ROOT, SNAPSHOT, TIMESTAMP } from '../role-name.js';
import { succeedRoot, type Verified } from '../verified.js';
import { fetchIfPresent } from './fetch.js';
import { dropsOnlineKey } from './rotation.js';
import type { Session } from './session.js';

/**
 * Follows the roots N+1, N+2, … until one is absent, or the bound on rotations is reached; only the last may not
 * be expired. TUF specification §5.3.2 to §5.3.11.
 *
 * @throws WritError TUF_THRESHOLD, TUF_VERSION, TUF_KEY_REBOUND, TUF_EXPIRED, TUF_LIMIT, those of parseDocument
 */
export async function updateRoot(session: Session, trusted: Verified<Root>): Promise<Verified<Root>> {
  let root = trusted;
  for (let rotations = 0; rotations < session.limits.rootRotations; rotations++) {
    const next = await nextRoot(session, root);
    if (next === undefined) break;
    await adoptRoot(session, root, next);
    root = next;
  }
  refuseExpired(root, session.now);
  return root;
}

async function nextRoot(session: Session, root: Verified<Root>): Promise<Verified<Root> | undefined> {
  const { limits, known } = session;
  const bytes = await fetchIfPresent(session, ROOT, root.value.version + 1, limits.root);
  return bytes === null ? undefined : succeedRoot(root, parseDocument(bytes, 'root', limits.root), known);
}

/**
 * Stores a verified root; after a rotation of timestamp or snapshot keys, first forgets what the old ones signed
 * (recovery from fast-forward attacks, §5.3.11). In this order a crash cannot keep the old versions.
 */
async function adoptRoot(session: Session, root: Verified<Root>, next: Verified<Root>): Promise<void> {
  if (dropsOnlineKey(root.value, next.value)) {
    await session.store.remove(TIMESTAMP);
    await session.store.remove(SNAPSHOT);
  }
  await session.store.save(ROOT, next.bytes);
}
