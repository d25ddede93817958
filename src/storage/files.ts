/** Files that are whole or absent, and folders that only their owner uses. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WritError } from '../errors.js';
import { failedWith, storeFailure } from './failure.js';

const PRIVATE = 0o600;

/** What temporary files begin with; whoever lists a folder skips them. */
export const DRAFT_PREFIX = '.draft-';

/**
 * Puts `bytes` at `path`, replacing what is there: readers see the old bytes or the new, also after a crash.
 * Durable when it resolves. The folder must exist.
 *
 * @param mode - the permissions of the file, exactly
 * @param drafts - the folder of the temporary file, on the same file system
 * @throws WritError STORE_FULL, STORE_IO; `path` is then as it was
 */
export async function atomicWriteFile(
  path: string,
  bytes: Uint8Array,
  mode = 0o600,
  drafts = dirname(path),
): Promise<void> {
  try {
    const draft = await Draft.begin(drafts, bytes, mode);
    await draft.keep(path);
  } catch (cause) {
    throw storeFailure(cause, `the file ${path} cannot be written`);
  }
}

const NEW_DURABLE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;

/** A file that is being written under a temporary name: whole, durable and in its place once it is kept, or gone. */
export class Draft {
  readonly #path: string;
  readonly #written: Promise<void>;

  private constructor(path: string, written: Promise<void>) {
    this.#path = path;
    this.#written = written;
    written.catch(() => undefined); // whoever keeps it is told
  }

  /**
   * Begins to write: the bytes go to the disk while the caller does something else.
   *
   * @param folder - on the file system of the place that it will have
   * @param bytes - must not change until it is kept or dropped
   * @param mode - the permissions of the file, exactly
   * @throws what the file system says
   */
  static async begin(folder: string, bytes: Uint8Array, mode = PRIVATE): Promise<Draft> {
    const path = join(folder, `${DRAFT_PREFIX}${randomBytes(9).toString('hex')}`);
    const file = await open(path, NEW_DURABLE, PRIVATE);
    return new Draft(path, writeDraft(file, bytes, mode));
  }

  /** Durable at `path` when it resolves. @throws what the file system says; `path` is then as it was */
  async keep(path: string): Promise<void> {
    try {
      await this.#written;
      await rename(this.#path, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await removeIfThere(this.#path);
      throw error;
    }
  }

  async drop(): Promise<void> {
    await this.#written.catch(() => undefined);
    await removeIfThere(this.#path);
  }
}

/** One write, which returns when the bytes are on the disk, needs nobody to go on with it. */
async function writeDraft(file: FileHandle, bytes: Uint8Array, mode: number): Promise<void> {
  try {
    // A umask may take bits from others, and there are none of others in this mode.
    if (mode !== PRIVATE) await file.chmod(mode);
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
    if (bytes.length === 0) await file.datasync();
  } finally {
    await file.close();
  }
}

/** Removes a file if it can: for leftovers, whose removal must not hide why they are left. */
export async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}

/** Removes the temporary files that crashes left in a folder; only for who knows that nobody writes there now. */
export async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter(name => name.startsWith(DRAFT_PREFIX));
  await Promise.all(drafts.map(name => removeIfThere(join(folder, name))));
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads a whole file that is no link, device or pipe.
 *
 * @param maxBytes - the most bytes to read
 * @returns the bytes, or null when there is no such file
 * @throws WritError STORE_SIZE for a longer file, STORE_IO
 */
export async function readWholeFile(path: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    const file = await openForReading(path);
    if (file === null) return null;
    try {
      return await readBounded(file, path, maxBytes);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw storeFailure(cause, `the file ${path} cannot be read`);
  }
}

/**
 * Reads `length` bytes of a file from `offset` on.
 *
 * @returns the bytes, or null when there is no such file, or it ends before
 * @throws WritError STORE_IO
 */
export async function readFilePart(path: string, offset: number, length: number): Promise<Uint8Array | null> {
  try {
    const file = await openForReading(path);
    if (file === null) return null;
    try {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      return bytesRead === length ? bytes : null;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw storeFailure(cause, `the file ${path} cannot be read`);
  }
}

async function openForReading(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return null;
    throw error;
  }
}

async function readBounded(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const status = await file.stat();
  if (!status.isFile()) throw new Error('it is not a regular file');
  const { size } = status;
  const bytes = size > maxBytes ? null : new Uint8Array(await file.readFile());
  if (bytes !== null && bytes.length <= maxBytes) return bytes;
  throw new WritError('STORE_SIZE', `the file ${path} has more than ${maxBytes} bytes`);
}

/**
 * Makes a folder for what only its owner may see, with the folders above it, mode 0700. One that is there must
 * be so already: it is refused, not repaired.
 *
 * @throws WritError STORE_PERMISSIONS, STORE_FULL, STORE_IO
 */
export async function ensurePrivateDir(path: string): Promise<void> {
  await ensureFolder(path, 0o077);
}

/**
 * Makes a folder for data that is no secret, mode 0700. One that is there may be readable by others and
 * writable by its group (as orchestrators make volumes), never writable by everybody.
 *
 * @throws WritError STORE_PERMISSIONS, STORE_FULL, STORE_IO
 */
export async function ensureDataDir(path: string): Promise<void> {
  await ensureFolder(path, 0o002);
}

async function ensureFolder(path: string, forbidden: number): Promise<void> {
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(dirname(made));
    refuseOpen(path, await stat(path), forbidden);
  } catch (cause) {
    throw storeFailure(cause, `the folder ${path} cannot be made`);
  }
}

function refuseOpen(path: string, found: { mode: number; uid: number }, forbidden: number): void {
  const shown = (found.mode & 0o777).toString(8).padStart(4, '0');
  if ((found.mode & forbidden) !== 0) {
    throw new WritError('STORE_PERMISSIONS', `the folder ${path} has mode ${shown}, others can use it`, {
      hint: `run: chmod 700 ${path}`,
    });
  }
  const self = process.geteuid?.();
  if (self !== undefined && self !== 0 && found.uid !== self && forbidden === 0o077) {
    throw new WritError('STORE_PERMISSIONS', `the folder ${path} belongs to user ${found.uid}, not ${self}`);
  }
}
