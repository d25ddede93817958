/** The root that the client starts from. TUF specification §5.2. */
import { WritError } from '../../errors.js';
import { parseDocument } from '../document.js';
import { DEFAULT_LIMITS } from '../limits.js';
import type { Root } from '../model.js';
import type { MetadataStore } from '../ports.js';
import { ROOT } from '../role-name.js';
import { recallRoot, trustRoot, type Verified } from '../verified.js';
import type { Session } from './session.js';

/**
 * Pins a root: checks that it meets its own threshold and stores the bytes as given. Asks no server, and no
 * clock: an expired root may be pinned, and must then be succeeded by a current one.
 *
 * @param bytes - a root document that the caller vouches for
 * @throws WritError TUF_THRESHOLD, and those of parseDocument
 */
export async function pinRoot(store: MetadataStore, bytes: Uint8Array): Promise<Verified<Root>> {
  const root = trustRoot(parseDocument(bytes, 'root', DEFAULT_LIMITS.root));
  await store.save(ROOT, root.bytes);
  return root;
}

/**
 * The trusted root of the store. Its expiry does not matter yet. TUF specification §5.2.
 *
 * @throws WritError TUF_NO_ROOT when there is none; TUF_THRESHOLD and those of parseDocument when it is damaged
 */
export async function loadTrustedRoot({ store, limits, known }: Session): Promise<Verified<Root>> {
  const bytes = await store.load(ROOT);
  if (bytes === null) throw new WritError('TUF_NO_ROOT', 'the repository has no trusted root');
  try {
    return recallRoot(parseDocument(bytes, 'root', limits.root), known);
  } catch (cause) {
    if (!(cause instanceof WritError)) throw cause;
    throw new WritError(cause.code, `the stored root is damaged: ${cause.message}`, {
      cause,
      hint: 'remove the stored metadata of this repository: it begins again from the pinned root',
    });
  }
}
