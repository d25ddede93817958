/** Lines of a file, read in pieces: an index may be larger than the longest string. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { WritError } from '../errors.js';
import { failedWith } from './failure.js';

export interface Line {
  /** Where it begins in the file. */
  readonly offset: number;
  /** Without the line feed. */
  readonly bytes: Uint8Array;
  /** False for the last line of a file that does not end with a line feed. */
  readonly ended: boolean;
}

const PIECE = 256 * 1024;
/** A commit has at most 32 MiB of keys and values; escaping at most triples a key. */
const MAX_LINE = 128 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * The lines of the file at `path`, or null when there is no such file.
 *
 * @throws WritError STORE_CORRUPT, while reading, for a line longer than 128 MiB
 */
export async function openLines(path: string): Promise<AsyncGenerator<Line> | null> {
  try {
    return readLines(
      await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
      path,
    );
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return null;
    throw error;
  }
}

async function* readLines(file: FileHandle, path: string): AsyncGenerator<Line> {
  try {
    let offset = 0;
    let begun: Uint8Array[] = [];
    for await (const piece of readPieces(file)) {
      let start = 0;
      for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
        const bytes = join(begun, piece.subarray(start, end));
        begun = [];
        yield { offset, bytes, ended: true };
        offset += bytes.length + 1;
        start = end + 1;
      }
      begun.push(piece.subarray(start));
      if (begun.length > MAX_LINE / PIECE) throw tooLong(path, offset);
    }
    const rest = join(begun, new Uint8Array(0));
    if (rest.length > 0) yield { offset, bytes: rest, ended: false };
  } finally {
    await file.close();
  }
}

async function* readPieces(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = new Uint8Array(PIECE); // a new one each time: lines keep parts of it
    const { bytesRead } = await file.read(piece, 0, PIECE, null);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
  }
}

function join(begun: readonly Uint8Array[], end: Uint8Array): Uint8Array {
  return begun.length === 0 ? end : new Uint8Array(Buffer.concat([...begun, end]));
}

function tooLong(path: string, offset: number): WritError {
  return new WritError(
    'STORE_CORRUPT',
    `${path} has a line longer than ${MAX_LINE} bytes at offset ${offset}`,
  );
}
