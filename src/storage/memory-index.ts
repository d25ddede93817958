/** The in-memory {@link IndexStore}: for tests, and for services that keep nothing. */
import type { IndexStore } from './ports.js';
import { Records } from './records.js';
import { TransactionalIndex } from './transactional-index.js';

/** @param transactionMs - the longest time that the work of one transaction may take */
export function openMemoryIndex(transactionMs?: number): IndexStore {
  const journal = { append: () => Promise.resolve(), close: () => Promise.resolve() };
  return new TransactionalIndex(new Records(), journal, transactionMs);
}
