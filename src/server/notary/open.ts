/** The Notary repositories of the service, over its store and its online keys. */
import type { OnlineKeyring } from '../../keystore/online-keyring.js';
import type { NotaryKeyAlgorithm, NotarySigner } from '../../keystore/derive-notary.js';
import { NotaryRepositories, type NotaryPorts } from '../../repository/notary/service.js';
import type { KeyHolder, OnlineRole } from '../../repository/notary/online.js';
import type { Gun } from '../../tuf/notary/names.js';
import type { StoreGate } from '../../repository/store-gate.js';
import { BoundedCache } from '../../storage/bounded-cache.js';
import type { BlobStore, IndexStore } from '../../storage/ports.js';
import type { Clock } from '../../tuf/ports.js';

const DAY_MS = 86_400_000;
/** As notary-server's: its clients warn of what expires within six months. */
export const NOTARY_LIFETIMES = { snapshot: 3 * 365 * DAY_MS, timestamp: 14 * DAY_MS };

const ALGORITHMS: readonly NotaryKeyAlgorithm[] = ['ecdsa', 'ed25519'];

export interface NotarySources {
  readonly index: IndexStore;
  readonly blobs: BlobStore;
  readonly keyring: OnlineKeyring;
  readonly clock: Clock;
  /** Of new keys. */
  readonly algorithm: NotaryKeyAlgorithm;
  /** Makes and holds new keys instead of `keyring`. */
  readonly holder?: KeyHolder | undefined;
  /** Shared with whoever removes files from the same store. */
  readonly gate?: StoreGate | undefined;
}

/** Signers that are kept: making a key costs more than signing with it. */
const MAX_SIGNERS = 4096;

export const openNotary = (sources: NotarySources): NotaryRepositories =>
  new NotaryRepositories(notaryPorts(sources));

/** What Notary repositories stand on. */
export function notaryPorts({ keyring, algorithm, ...ports }: NotarySources): NotaryPorts {
  const signers = new BoundedCache<string, NotarySigner>(MAX_SIGNERS, () => 1);
  const kept = (name: string, make: () => NotarySigner): NotarySigner => {
    const signer = signers.get(name) ?? make();
    signers.set(name, signer);
    return signer;
  };
  const derived = (gun: Gun, role: OnlineRole, generation: number, of: NotaryKeyAlgorithm): NotarySigner =>
    kept(`${generation} ${of} ${role} ${gun}`, () => keyring.notarySigner(gun, role, of, generation));
  const others = ALGORITHMS.filter(one => one !== algorithm);
  return {
    ...ports,
    keys: {
      first: keyring.first,
      next: generation => keyring.next(generation),
      signer: (gun, role, generation) => derived(gun, role, generation, algorithm),
      signers: (gun, role, generation) =>
        [algorithm, ...others].map(of => derived(gun, role, generation, of)),
      imported: (gun, role, key) =>
        kept(`${key.id} ${role} ${gun}`, () => keyring.sealedNotarySigner({ gun, role }, key)),
    },
    lifetimes: NOTARY_LIFETIMES,
  };
}
