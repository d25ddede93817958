/** The users of a file, read again when it changes. */
import { stat } from 'node:fs/promises';
import { readNamedFile } from '../config/named-file.js';
import { isWritError, reasonOf, WritError } from '../errors.js';
import { parseHtpasswd, type Users } from './htpasswd.js';

const MAX_FILE = 1024 * 1024;

interface Read {
  readonly stamp: string;
  readonly users: Users;
}

/**
 * Gives the users as the file at `path` has them. A file that became unusable lets nobody in: who was taken out of it
 * must not stay in.
 *
 * @returns throws WritError ACCESS_USERS
 */
export function usersFile(path: string): () => Promise<Users> {
  let last: Read | undefined;
  return async () => {
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(path);
      const stamp = [mtimeMs, ctimeMs, size, ino].join(' ');
      if (last?.stamp !== stamp) last = { stamp, users: await read(path) };
      return last.users;
    } catch (cause) {
      if (isWritError(cause, 'ACCESS_USERS')) throw cause;
      throw new WritError('ACCESS_USERS', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
    }
  };
}

async function read(path: string): Promise<Users> {
  const { bytes } = await readNamedFile(path, MAX_FILE);
  return parseHtpasswd(new TextDecoder('utf-8', { fatal: true }).decode(bytes), path);
}
