/** The timestamp. TUF specification §5.4. */
import { WritError } from '../../errors.js';
import { parseDocument, type SignedDocument } from '../document.js';
import { refuseExpired } from '../expiry.js';
import type { Root, Timestamp } from '../model.js';
import { TIMESTAMP } from '../role-name.js';
import { recallRole, verifyRole, type Verified } from '../verified.js';
import { fetchMetadata } from './fetch.js';
import type { Session } from './session.js';
import { loadTrusted } from './trusted.js';

/**
 * Gets the newest timestamp; keeps the stored one when the repository has no newer. TUF specification §5.4.
 *
 * @throws WritError TUF_MISSING, TUF_LIMIT, TUF_THRESHOLD, TUF_ROLLBACK, TUF_EXPIRED, those of parseDocument
 */
export async function updateTimestamp(session: Session, root: Verified<Root>): Promise<Verified<Timestamp>> {
  const trusted = await trustedTimestamp(session, root);
  const bytes = await fetchMetadata(session, TIMESTAMP, undefined, session.limits.timestamp);
  const fetched = verifyRole(root, TIMESTAMP, parseTimestamp(session, bytes), session.known);
  if (trusted) refuseTimestampRollback(trusted.value, fetched.value);
  const isNew = fetched.value.version !== trusted?.value.version;
  const current = isNew ? fetched : trusted;
  refuseExpired(current, session.now);
  if (isNew) await session.store.save(TIMESTAMP, current.bytes);
  return current;
}

/** The stored timestamp, if the root's keys have signed it. */
export function trustedTimestamp(
  session: Session,
  root: Verified<Root>,
): Promise<Verified<Timestamp> | undefined> {
  return loadTrusted(session, TIMESTAMP, bytes =>
    recallRole(root, TIMESTAMP, parseTimestamp(session, bytes), session.known),
  );
}

function parseTimestamp({ limits }: Session, bytes: Uint8Array): SignedDocument<Timestamp> {
  return parseDocument(bytes, 'timestamp', limits.timestamp);
}

/** Neither the timestamp nor the snapshot that it names may go back. TUF specification §5.4.3. */
function refuseTimestampRollback(trusted: Timestamp, fetched: Timestamp): void {
  if (fetched.version < trusted.version) {
    throw new WritError(
      'TUF_ROLLBACK',
      `the timestamp went back from version ${trusted.version} to ${fetched.version}`,
    );
  }
  // A document of the same version is dropped unread.
  if (fetched.version > trusted.version && fetched.snapshot.version < trusted.snapshot.version) {
    throw new WritError(
      'TUF_ROLLBACK',
      `the timestamp takes the snapshot back from version ${trusted.snapshot.version} to ${fetched.snapshot.version}`,
    );
  }
}
