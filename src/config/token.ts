import { reasonOf, WritError } from '../errors.js';
import { readNamedFile } from './named-file.js';
import type { Config } from './types.js';

const MAX_TOKEN_FILE = 8192;
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/**
 * The bearer token for the service: WRIT_TOKEN, else what the token file holds, else none. Never logged or printed.
 *
 * @throws WritError CONFIG_TOKEN when the file cannot be read, others may read it, or it holds something else
 */
export async function readToken(config: Pick<Config, 'token' | 'tokenFile'>): Promise<string | undefined> {
  if (config.token !== undefined || config.tokenFile === undefined) return config.token;
  const path = config.tokenFile;
  const token = (await readPrivate(path)).trim();
  if (!TOKEN.test(token))
    throw new WritError('CONFIG_TOKEN', `${path} does not hold one token of printable ASCII`);
  return token;
}

async function readPrivate(path: string): Promise<string> {
  const { bytes, mode } = await readNamedFile(path, MAX_TOKEN_FILE).catch((cause: unknown) => {
    throw new WritError('CONFIG_TOKEN', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  });
  if ((mode & 0o077) !== 0) {
    throw new WritError('CONFIG_TOKEN', `${path} can be read by others: its mode is ${mode.toString(8)}`);
  }
  return Buffer.from(bytes).toString('utf8');
}
