/** A data folder to migrate into, while no service runs on it. */
import type { Config } from '../config/types.js';
import { WritError } from '../errors.js';
import type { ImportPorts } from '../repository/notary/import.js';
import { openTokenAuthority } from '../repository/token-folder.js';
import { BlobFolder } from '../storage/blob-folder.js';
import { openLowdbIndex } from '../storage/lowdb-index.js';
import type { Clock } from '../tuf/ports.js';
import { dataPaths, ensureDataFolder, ensureOperatorToken, loadOnlineKeyring } from './data-folder.js';
import { openNotarySigner } from './signers.js';
import { notaryPorts } from './notary/open.js';

export interface OpenMigration {
  readonly ports: ImportPorts;
  close(): Promise<void>;
}

/**
 * Opens the data folder as the service does, and makes what its first start makes.
 *
 * @throws WritError STORE_LOCKED while a service runs on it, KEYSTORE_*, STORE_*, SERVER_DATA; SIGNER_CONFIG with a
 *   signer of its own, which does not sign as Notary does
 */
export async function openMigration(
  config: Config,
  { env, clock }: { readonly env: Readonly<Record<string, string | undefined>>; readonly clock: Clock },
): Promise<OpenMigration> {
  if (config.signer !== undefined) {
    throw new WritError('SIGNER_CONFIG', 'signer.url is set: that signer does not sign Notary repositories');
  }
  const holder = await openNotarySigner(config);
  await ensureDataFolder(config.data);
  await ensureOperatorToken(config.data, await openTokenAuthority(config.data, clock));
  const { store } = dataPaths(config.data);
  const keyring = await loadOnlineKeyring(config.data, env);
  const index = await openLowdbIndex(store);
  try {
    const blobs = await BlobFolder.open(store);
    const { keyAlgorithm: algorithm } = config.notary;
    const ports = notaryPorts({ index, blobs, keyring, clock, algorithm, holder });
    return {
      ports: { ...ports, seal: (gun, role, key) => keyring.sealNotaryKey({ gun, role }, key) },
      close: async () => {
        holder?.close();
        await index.close();
      },
    };
  } catch (error) {
    await index.close();
    throw error;
  }
}
