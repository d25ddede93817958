import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import { reasonOf, WritError } from '../errors.js';
import type { Fetcher } from '../tuf/ports.js';
import { tooLarge } from './http-errors.js';
import { metadataFile, targetComponents } from './encode-path.js';

/**
 * The files of one repository in a folder: `metadata/` with percent-encoded file names, `targets/` with target
 * paths as they are. Nothing outside of the folder is read, not through a name nor through a symbolic link.
 */
export class FolderFetcher implements Fetcher {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async metadata(name: string, maxBytes: number): Promise<Uint8Array | null> {
    return this.#read(['metadata', metadataFile(name)], maxBytes);
  }

  async target(path: string, maxBytes: number): Promise<Uint8Array | null> {
    return this.#read(['targets', ...targetComponents(path)], maxBytes);
  }

  async #read(components: readonly string[], maxBytes: number): Promise<Uint8Array | null> {
    const path = join(this.#folder, ...components);
    const folder = await realpath(this.#folder).catch((cause: unknown) => {
      throw unreadable(this.#folder, cause);
    });
    try {
      const inside = await confine(folder, path);
      // NONBLOCK: a named pipe in the folder must not hang the reader.
      const file = await open(inside, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        return await readBounded(file, path, maxBytes);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isAbsent(error)) return null;
      if (error instanceof WritError) throw error;
      throw unreadable(path, error);
    }
  }
}

/** The real path of `path`, which must lie in `folder` (itself a real path). */
async function confine(folder: string, path: string): Promise<string> {
  const real = await realpath(path);
  if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real;
  throw new WritError('FETCH_PATH', `the file ${path} is a link that leads out of its folder`);
}

function unreadable(path: string, cause: unknown): WritError {
  return new WritError('FETCH_UNREACHABLE', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
}

function isAbsent(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG';
}

async function readBounded(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const { size } = await file.stat().then(stat => {
    if (!stat.isFile()) throw new WritError('FETCH_PATH', `${path} is not a regular file`);
    return stat;
  });
  if (size > maxBytes) throw tooLarge(path, maxBytes);
  const buffer = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(buffer, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
