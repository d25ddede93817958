/** The snapshot. TUF specification §5.5. */
import { WritError } from '../../errors.js';
import { parseDocument, type SignedDocument } from '../document.js';
import { refuseExpired } from '../expiry.js';
import type { Root, Snapshot, Timestamp } from '../model.js';
import { SNAPSHOT } from '../role-name.js';
import { recallRole, verifyRole, type Verified } from '../verified.js';
import { fetchDescribed, isDescribed } from './described.js';
import type { Session } from './session.js';
import { loadTrusted } from './trusted.js';

/**
 * Gets the snapshot that the timestamp names, from the store when it is there. TUF specification §5.5.
 *
 * @throws WritError TUF_MISSING, TUF_LIMIT, TUF_LENGTH, TUF_HASH, TUF_THRESHOLD, TUF_VERSION, TUF_ROLLBACK,
 *   TUF_EXPIRED, those of parseDocument
 */
export async function updateSnapshot(
  session: Session,
  root: Verified<Root>,
  timestamp: Verified<Timestamp>,
): Promise<Verified<Snapshot>> {
  const meta = timestamp.value.snapshot;
  const { known, limits } = session;
  const parse = (bytes: Uint8Array): SignedDocument<Snapshot> =>
    parseDocument(bytes, 'snapshot', limits.snapshot);
  const trusted = await loadTrusted(session, SNAPSHOT, bytes =>
    recallRole(root, SNAPSHOT, parse(bytes), known),
  );
  if (trusted && isDescribed(meta, trusted)) {
    refuseExpired(trusted, session.now);
    return trusted;
  }
  const verify = (bytes: Uint8Array): Verified<Snapshot> => verifyRole(root, SNAPSHOT, parse(bytes), known);
  const snapshot = await fetchDescribed({ session, root, role: SNAPSHOT, meta, verify });
  if (trusted) refuseSnapshotRollback(trusted.value, snapshot.value);
  refuseExpired(snapshot, session.now);
  await session.store.save(SNAPSHOT, snapshot.bytes);
  return snapshot;
}

/** No file that was listed may disappear, none may go back. TUF specification §5.5.5. */
function refuseSnapshotRollback(trusted: Snapshot, fetched: Snapshot): void {
  for (const [name, { version }] of trusted.meta) {
    const now = fetched.meta.get(name);
    if (now === undefined) {
      throw new WritError('TUF_ROLLBACK', `the snapshot does not list ${name} any more`);
    }
    if (now.version < version) {
      throw new WritError(
        'TUF_ROLLBACK',
        `the snapshot takes ${name} back from version ${version} to ${now.version}`,
      );
    }
  }
}
