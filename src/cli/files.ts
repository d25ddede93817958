/** Files named on the command line: read whole and bounded, written whole or not at all. */
import { open, rename, rm, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { WritError } from '../errors.js';

/**
 * The bytes of `path`; `-` is standard input.
 *
 * @param maxBytes - the most bytes to read; a longer file is refused, never cut
 * @throws WritError CLI_FILE when it cannot be read, is a folder, or is longer
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
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(maxBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        length += bytesRead;
        if (bytesRead === 0 || length > maxBytes) break;
      }
      if (length > maxBytes) throw new WritError('CLI_FILE', `${path} has more than ${maxBytes} bytes`);
      return buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
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

function fileError(verb: 'read' | 'write', path: string, error: unknown): WritError {
  if (error instanceof WritError) return error;
  return new WritError('CLI_FILE', `cannot ${verb} ${path}: ${reasonOf(error)}`, { cause: error });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the file system is read-only'],
]);

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS.get(code) ?? (code === '' ? String(error) : code);
}
