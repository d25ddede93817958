import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { openMemoryIndex } from '../../src/storage/memory-index.js';
import { indexContract } from './index-contract.js';
import { temporaryFolder } from './support.js';

indexContract('memory', { open: async transactionMs => openMemoryIndex(transactionMs) });
indexContract('lowdb', {
  open: async transactionMs => openLowdbIndex(await temporaryFolder(), { transactionMs }),
});
indexContract('lowdb that makes snapshots all the time', {
  open: async transactionMs => openLowdbIndex(await temporaryFolder(), { transactionMs, rotateBytes: 1 }),
});
