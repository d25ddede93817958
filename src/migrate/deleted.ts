/** Repositories that were deleted on the other server after they were taken over. */
import { listImported } from '../repository/notary/origin.js';
import type { IndexStore } from '../storage/ports.js';
import type { ChangeRow } from './databases.js';

/**
 * The names of repositories that were taken over, are served here still, and were deleted there since by what its change
 * feed says; sorted. They stay: whoever runs both says whether they go.
 *
 * @param there - every name that the other server has; one that is not there, and was never deleted, is of a third
 * @param changes - its whole feed
 * @throws WritError STORE_*, and what reading the feed throws
 */
export async function deletedThere(
  there: readonly string[],
  changes: () => AsyncIterable<ChangeRow>,
  index: IndexStore,
): Promise<readonly string[]> {
  const names = new Set(there);
  const missing = new Set<string>((await listImported(index)).filter(gun => !names.has(gun)));
  const deleted = new Set<string>();
  if (missing.size === 0) return [];
  for await (const { gun, category } of changes()) {
    if (!missing.has(gun)) continue;
    if (category === 'deletion') deleted.add(gun);
    else deleted.delete(gun);
  }
  return [...deleted].sort();
}
