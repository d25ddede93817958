/** The client workflow. TUF specification §5. */
import { WritError } from '../../errors.js';
import type { Fetcher } from '../ports.js';
import { refuseExpired } from '../expiry.js';
import { loadTrustedRoot } from './load-root.js';
import { startSession, type ClientOptions } from './session.js';
import { updateRoot } from './update-root.js';
import { updateSnapshot } from './update-snapshot.js';
import { trustedTimestamp, updateTimestamp } from './update-timestamp.js';
import { makeView, type RepositoryView } from './view.js';

/**
 * Brings the store up to date with the repository and gives a view of it. The store must hold a trusted root (see
 * pinRoot). Whatever fails, what was trusted before stays as it was, and the next refresh starts from it.
 *
 * @throws WritError TUF_NO_ROOT, and those of the steps
 */
export async function refresh(options: ClientOptions): Promise<RepositoryView> {
  const session = startSession(options);
  const trusted = await loadTrustedRoot(session);
  const root = await updateRoot(session, trusted);
  const timestamp = await updateTimestamp(session, root);
  const snapshot = await updateSnapshot(session, root, timestamp);
  return makeView({ session, root, timestamp, snapshot });
}

export type OpenOptions = Omit<ClientOptions, 'fetcher'>;

/**
 * The view of what the store holds, verified and judged by the clock anew, without asking any server: for places
 * and moments that have none.
 *
 * @throws WritError TUF_NO_ROOT, TUF_MISSING for what the store lacks, TUF_EXPIRED
 */
export async function openRepository(options: OpenOptions): Promise<RepositoryView> {
  const session = startSession({ ...options, fetcher: NOTHING });
  const root = await loadTrustedRoot(session);
  refuseExpired(root, session.now);
  const timestamp = await trustedTimestamp(session, root);
  if (timestamp === undefined) throw new WritError('TUF_MISSING', 'the store holds no trusted timestamp');
  refuseExpired(timestamp, session.now);
  const snapshot = await updateSnapshot(session, root, timestamp);
  return makeView({ session, root, timestamp, snapshot });
}

/** A repository that has no files. */
const NOTHING: Fetcher = {
  metadata: () => Promise.resolve(null),
  target: () => Promise.resolve(null),
};
