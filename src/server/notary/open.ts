/** The Notary repositories of the service, over its store and its online keys. */
import type { OnlineKeyring } from '../../keystore/online-keyring.js';
import type { NotaryKeyAlgorithm } from '../../keystore/derive-notary.js';
import { NotaryRepositories } from '../../repository/notary/service.js';
import type { BlobStore, IndexStore } from '../../storage/ports.js';
import type { Clock } from '../../tuf/ports.js';

const DAY_MS = 86_400_000;
/** As notary-server's: its clients warn of what expires within six months. */
const LIFETIMES = { snapshot: 3 * 365 * DAY_MS, timestamp: 14 * DAY_MS };

export interface NotarySources {
  readonly index: IndexStore;
  readonly blobs: BlobStore;
  readonly keyring: OnlineKeyring;
  readonly clock: Clock;
  readonly algorithm: NotaryKeyAlgorithm;
}

export function openNotary({ keyring, algorithm, ...ports }: NotarySources): NotaryRepositories {
  return new NotaryRepositories({
    ...ports,
    keys: {
      first: keyring.first,
      next: generation => keyring.next(generation),
      signer: (gun, role, generation) => keyring.notarySigner(gun, role, algorithm, generation),
    },
    lifetimes: LIFETIMES,
  });
}
