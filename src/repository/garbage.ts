/** Blobs that may be of no use any more: noted when what named them goes, removed when nothing else names them. */
import type { JsonValue } from '../json/types.js';
import type { BlobStore, IndexStore, IndexTransaction } from '../storage/ports.js';
import type { StoreGate } from './store-gate.js';

const PREFIX = 'garbage/';
const SHA256 = /^[0-9a-f]{64}$/;
/** Records that are walked over at a stretch: others have their turn then. */
const PIECE = 10_000;

/** Notes blobs, by their SHA-256, in the transaction that removes what named them. */
export function discard(tx: IndexTransaction, blobs: Iterable<string>): void {
  for (const sha256 of blobs) tx.put(PREFIX + sha256, true);
}

/**
 * Removes the noted blobs that no record of the index names. May be repeated after a crash at any point.
 *
 * @returns how many were removed
 * @throws WritError STORE_*
 */
export async function sweep(
  { index, blobs }: { readonly index: IndexStore; readonly blobs: BlobStore },
  gate: StoreGate,
): Promise<number> {
  if ((await index.list(PREFIX)).length === 0) return 0;
  return gate.remove(async () => {
    const noted = (await index.list(PREFIX)).map(([key]) => key.slice(PREFIX.length));
    const used = await named(index);
    const unused = noted.filter(sha256 => !used.has(sha256));
    for (const sha256 of unused) await blobs.delete(sha256);
    await index.transaction(tx => {
      for (const sha256 of noted) tx.delete(PREFIX + sha256);
    });
    return unused.length;
  });
}

/** Every SHA-256 in any record but the notes: whatever names a blob names it so. */
async function named(index: IndexStore): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  let count = 0;
  for (const [key, value] of await index.list('')) {
    if (!key.startsWith(PREFIX)) collect(value, used);
    if (++count % PIECE === 0) await new Promise(resolve => setImmediate(resolve));
  }
  return used;
}

function collect(value: JsonValue, used: Set<string>): void {
  if (typeof value === 'string') {
    if (SHA256.test(value)) used.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collect(item, used);
  }
}
