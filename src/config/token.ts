import { open } from 'node:fs/promises';

import { WritError } from '../errors.js';
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
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new WritError('CONFIG_TOKEN', `${path} cannot be read`, { cause });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new WritError('CONFIG_TOKEN', `${path} is not a regular file`);
    if ((stat.mode & 0o077) !== 0) {
      throw new WritError(
        'CONFIG_TOKEN',
        `${path} can be read by others: its mode is ${(stat.mode & 0o777).toString(8)}`,
      );
    }
    if (stat.size > MAX_TOKEN_FILE)
      throw new WritError('CONFIG_TOKEN', `${path} is larger than ${MAX_TOKEN_FILE} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
