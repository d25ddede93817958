/**
 * Files that people name, in the settings or on the command line: bounded, read through links (mounted files are
 * links), and never waited for. A pipe is read only where the shell handed it to this process (`/dev/fd/63`).
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

export interface NamedFile {
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/** What this process has open already: opening it cannot wait, and whoever handed it over writes into it. */
const HANDED_OVER = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * The bytes of a file, whole.
 *
 * @param maxBytes - the most bytes of it; a longer file is refused, never cut
 * @throws Error for {@link reasonOf}: the caller knows what the file is for, and with which code it fails
 */
export async function readNamedFile(path: string, maxBytes: number): Promise<NamedFile> {
  const handed = HANDED_OVER.test(path);
  // Without O_NONBLOCK a named pipe is waited for until somebody writes into it.
  const file = await open(path, handed ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (status.isDirectory()) throw new Error('it is a folder');
    if (!status.isFile() && !handed) throw new Error('it is not a regular file');
    if (status.size > maxBytes) throw tooLong(maxBytes);
    return { bytes: await readAtMost(file, maxBytes), mode: status.mode & 0o777 };
  } finally {
    await file.close();
  }
}

const PIECE = 64 * 1024;

/** Not by its size: it may grow, and some files and every pipe say that they have no bytes. */
async function readAtMost(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let length = 0; length <= maxBytes;) {
    const piece = Buffer.alloc(Math.min(maxBytes + 1 - length, PIECE));
    const { bytesRead } = await file.read(piece);
    if (bytesRead === 0) return Buffer.concat(pieces, length);
    pieces.push(piece.subarray(0, bytesRead));
    length += bytesRead;
  }
  throw tooLong(maxBytes);
}

const tooLong = (maxBytes: number): Error => new Error(`it has more than ${maxBytes} bytes`);

/** True iff there is no file of that name. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
