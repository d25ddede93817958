/** The data folder of a service: what lies where, who may read it, and the secrets that a first run makes. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, WritError } from '../errors.js';
import { OnlineKeyring, parseKeyring } from '../keystore/online-keyring.js';
import { createPrivateFile, ensureSecret, readPrivateFile } from '../keystore/secret-file.js';
import type { TokenAuthority } from '../repository/tokens.js';

/** Where things lie in the folder `data`. */
export const dataPaths = (data: string) =>
  ({
    store: join(data, 'store'),
    blobs: join(data, 'blobs'),
    onlineKey: join(data, 'online-key'),
    /** What the signer signed last. */
    signed: join(data, 'signed'),
    /** The operator's own token. */
    token: join(data, 'token'),
    trust: join(data, 'trust'),
  }) as const;

/** A year: the operator's token is made on the first run and lies beside the key that could make another. */
const OPERATOR_TOKEN_SECONDS = 365 * 86_400;

/**
 * Makes the folder for its owner alone, or checks that it is.
 *
 * @throws WritError KEYSTORE_PERMISSIONS when others may use it, SERVER_DATA when it cannot be used
 */
export async function ensureDataFolder(data: string): Promise<void> {
  try {
    const made = await mkdir(data, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(data, 0o700);
    const status = await stat(data);
    if ((status.mode & 0o077) === 0) return;
  } catch (cause) {
    throw new WritError('SERVER_DATA', `the data folder ${data} cannot be used: ${reasonOf(cause)}`, {
      cause,
    });
  }
  throw new WritError('KEYSTORE_PERMISSIONS', `others than its owner can use the data folder ${data}`, {
    hint: `run: chmod 700 ${data}`,
  });
}

/**
 * The online keys, which are derived from secrets: of WRIT_ONLINE_KEY (hex), else of
 * `$CREDENTIALS_DIRECTORY/writ-online-key`, else of the data folder, where a first run makes one.
 *
 * @throws WritError KEYSTORE_SECRET, KEYSTORE_PERMISSIONS
 */
export async function loadOnlineKeyring(
  data: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<OnlineKeyring> {
  const written = env['WRIT_ONLINE_KEY'];
  if (written !== undefined && written !== '') return parseKeyring(written, 'WRIT_ONLINE_KEY');
  const folder = env['CREDENTIALS_DIRECTORY'];
  const credential = folder === undefined || folder === '' ? undefined : join(folder, 'writ-online-key');
  const bytes = credential === undefined ? undefined : await readPrivateFile(credential, 'follow');
  if (bytes !== undefined) return parseKeyring(Buffer.from(bytes).toString('latin1'), String(credential));
  const { onlineKey } = dataPaths(data);
  const own = await readPrivateFile(onlineKey);
  if (own !== undefined) return parseKeyring(Buffer.from(own).toString('latin1'), onlineKey);
  return new OnlineKeyring([await ensureSecret(onlineKey)]);
}

/**
 * A service that has a signer keeps no online secret of its own: one that lies about could still sign.
 *
 * @throws WritError SIGNER_CONFIG when there is one
 */
export function refuseOnlineSecret(data: string, env: Readonly<Record<string, string | undefined>>): void {
  const folder = env['CREDENTIALS_DIRECTORY'];
  const credential = folder === undefined || folder === '' ? [] : [join(folder, 'writ-online-key')];
  const found = [dataPaths(data).onlineKey, ...credential].find(path => existsSync(path));
  const where = env['WRIT_ONLINE_KEY'] ? 'WRIT_ONLINE_KEY' : found;
  if (where === undefined) return;
  throw new WritError('SIGNER_CONFIG', `signer.url is set, and ${where} holds an online secret here too`, {
    hint: 'move the secret into the data folder of `writ serve-signer`, which then signs with the same keys',
  });
}

/** The operator's token for all names, made on the first run. @throws WritError KEYSTORE_SECRET */
export async function ensureOperatorToken(data: string, tokens: TokenAuthority): Promise<void> {
  const path = dataPaths(data).token;
  if ((await readPrivateFile(path)) !== undefined) return;
  const token = await tokens.issue({
    subject: 'operator',
    create: ['*'],
    push: ['*'],
    lifetimeSeconds: OPERATOR_TOKEN_SECONDS,
  });
  await createPrivateFile(path, `${token}\n`);
}
