import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { openMemoryIndex } from '../../src/storage/memory-index.js';
import { indexContract } from './index-contract.js';
import { temporaryFolder } from './support.js';

indexContract('memory', { open: async () => openMemoryIndex(500) });
indexContract('lowdb', { open: async () => openLowdbIndex(await temporaryFolder(), { transactionMs: 500 }) });
indexContract('lowdb that makes snapshots all the time', {
  open: async () => openLowdbIndex(await temporaryFolder(), { transactionMs: 500, rotateBytes: 1 }),
});
