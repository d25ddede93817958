/** Secrets of the service as files: 32 random bytes in hex, readable by their owner alone. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bytesFromHex } from '../crypto/hex.js';
import { reasonOf, WritError } from '../errors.js';

const SECRET_BYTES = 32;
/** More than any secret file holds; a longer one is none. */
const MAX_FILE = 64 * 1024;

/**
 * Reads a file that only its owner may read.
 *
 * @param path - a regular file of at most 64 KiB
 * @param links - `follow` for files that an operator named or mounted: the mode is that of the file behind the link
 * @returns its bytes, or undefined when there is no such file
 * @throws WritError KEYSTORE_PERMISSIONS when others may read or write it, KEYSTORE_SECRET when it cannot be read
 */
export async function readPrivateFile(
  path: string,
  links: 'refuse' | 'follow' = 'refuse',
): Promise<Uint8Array | undefined> {
  return readFile(path, links, mode => {
    if ((mode & 0o077) !== 0) throw tooOpen(path, mode);
  });
}

/**
 * As {@link readPrivateFile}, of a file that holds no secret in the clear: others may be able to read it.
 *
 * @throws WritError KEYSTORE_SECRET when it cannot be read
 */
export const readSealedFile = (path: string): Promise<Uint8Array | undefined> =>
  readFile(path, 'follow', () => undefined);

async function readFile(
  path: string,
  links: 'refuse' | 'follow',
  checkMode: (mode: number) => void,
): Promise<Uint8Array | undefined> {
  const file = await openIfThere(path, links === 'follow' ? 0 : constants.O_NOFOLLOW);
  if (file === undefined) return undefined;
  try {
    const status = await file.stat();
    const { mode, size } = status;
    if (!status.isFile()) throw new WritError('KEYSTORE_SECRET', `${path} is not a regular file`);
    checkMode(mode);
    if (size > MAX_FILE) throw new WritError('KEYSTORE_SECRET', `${path} is too long for a secret`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new WritError('KEYSTORE_SECRET', `the secret file ${path} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function tooOpen(path: string, mode: number): WritError {
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return new WritError(
    'KEYSTORE_PERMISSIONS',
    `the secret file ${path} has mode ${shown}, others can use it`,
    {
      hint: `run: chmod 600 ${path}`,
    },
  );
}

/**
 * The 32 secret bytes that `text` writes in hex; white space around them does not count.
 *
 * @param source - names the text in messages; the text itself is never shown
 * @throws WritError KEYSTORE_SECRET
 */
export function parseSecret(text: string, source: string): Uint8Array {
  const bytes = bytesFromHex(text.trim());
  if (bytes?.length === SECRET_BYTES) return bytes;
  throw new WritError('KEYSTORE_SECRET', `${source} does not hold ${SECRET_BYTES} bytes in hex`);
}

/**
 * The secret in `path`; on first use a random one is made. Two processes at once end with the same secret.
 *
 * @throws WritError KEYSTORE_PERMISSIONS, KEYSTORE_SECRET
 */
export async function ensureSecret(path: string): Promise<Uint8Array> {
  const found = await readPrivateFile(path);
  if (found !== undefined) return parseSecret(Buffer.from(found).toString('latin1'), path);
  await createPrivateFile(path, `${randomBytes(SECRET_BYTES).toString('hex')}\n`);
  return ensureSecret(path);
}

/**
 * Makes `path` with `content`, mode 0600, whole or not at all and durable; leaves a file that is there alone.
 *
 * @returns true iff this call made it
 * @throws WritError KEYSTORE_SECRET when it cannot be written
 */
export async function createPrivateFile(path: string, content: string): Promise<boolean> {
  return putPrivateFile(path, content, async draft => {
    const made = await linkIfAbsent(draft, path);
    await unlink(draft);
    return made;
  });
}

/**
 * As {@link createPrivateFile}, and replaces a file that is there.
 *
 * @throws WritError KEYSTORE_SECRET when it cannot be written; what was there then still is
 */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  await putPrivateFile(path, content, draft => rename(draft, path));
}

async function putPrivateFile<T>(
  path: string,
  content: string,
  put: (draft: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const draft = join(folder, `.draft-${randomBytes(8).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDraft(draft, content);
    const result = await put(draft);
    await syncFolder(folder);
    return result;
  } catch (cause) {
    await unlink(draft).catch(() => undefined);
    throw new WritError('KEYSTORE_SECRET', `the secret file ${path} cannot be written: ${reasonOf(cause)}`, {
      cause,
      hint: 'make space, or check the folder and its permissions; nothing was written',
    });
  }
}

async function writeDraft(draft: string, content: string): Promise<void> {
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** `link` never replaces a file, as `rename` would. */
async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
