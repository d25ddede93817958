/** Files named on the command line: read whole and bounded, written whole or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { readNamedFile, type NamedFile } from '../config/named-file.js';
import { reasonOf, WritError } from '../errors.js';

/**
 * The bytes of `path`; `-` is standard input.
 *
 * @param maxBytes - the most bytes to read; a longer file is refused, never cut
 * @throws WritError CLI_FILE when it cannot be read, is longer, or is a folder, a device or a named pipe
 */
export async function readInput(path: string, maxBytes: number, stdin: Readable): Promise<Uint8Array> {
  if (path !== '-') return readInputFile(path, maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) throw new WritError('CLI_FILE', `standard input has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** As {@link readInput}, files only. */
export async function readInputFile(path: string, maxBytes: number): Promise<Uint8Array> {
  return (await readInputFileWithMode(path, maxBytes)).bytes;
}

/** As {@link readInputFile}, with the permission bits: for secrets. */
export async function readInputFileWithMode(path: string, maxBytes: number): Promise<NamedFile> {
  try {
    return await readNamedFile(path, maxBytes);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** How messages name the file at `path`. */
export const fileName = (path: string): string => (path === '-' ? 'standard input' : path);

/**
 * What `read` makes of the content of a file; what it refuses, with the name of the file.
 *
 * @throws WritError as `read`
 */
export async function inFile<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof WritError)) throw cause;
    const { code, message, hint, details } = cause;
    throw new WritError(code, `${fileName(path)}: ${message}`, { hint, details, cause });
  }
}

/**
 * Write `bytes` to `path` in one step: a reader sees the old file or the new one. A device or pipe
 * (`/dev/stdout`) is written as it is.
 *
 * @throws WritError CLI_FILE
 */
export async function writeOutputFile(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  try {
    if (path.startsWith('/dev/')) {
      await writeFile(path, bytes);
      return;
    }
    const { randomBytes } = await import('node:crypto'); // 3 ms that most commands need not wait for
    const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeFile(draft, bytes, { mode, flag: 'wx' });
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  } catch (error) {
    throw fileError('write', path, error);
  }
}

const fileError = (verb: 'read' | 'write', path: string, cause: unknown): WritError =>
  new WritError('CLI_FILE', `cannot ${verb} ${path}: ${reasonOf(cause)}`, { cause });
