/** Reading the log of the index: what was acknowledged, and where it ends. */
import { WritError } from '../errors.js';
import { decodeCommit, LOG_HEADER, type Commit } from './log-format.js';
import type { Line } from './lines.js';

export interface Replay {
  /** The seq of the last commit of log and snapshot; 0 when there is none. */
  readonly seq: number;
  /** The length of the log up to the end of its last whole commit. */
  readonly length: number;
  /** The bytes after that: a batch that was being written when the process ended, and was never acknowledged. */
  readonly torn: number;
}

interface Progress {
  seq: number | undefined;
  length: number;
  end: number;
  torn: boolean;
}

/**
 * Reads all lines and gives each commit that the snapshot does not have to `apply`.
 *
 * A damaged line is a torn end when what follows it, if anything, is of the same batch: power may fail with any
 * part of a batch on the disk. A later batch proves that the damaged one had been acknowledged: that is an error.
 *
 * @param path - names the log in messages
 * @param snapshotSeq - the last commit in the snapshot, 0 without one
 * @throws WritError STORE_CORRUPT
 */
export async function replayLog(
  lines: AsyncIterable<Line>,
  path: string,
  snapshotSeq: number,
  apply: (commit: Commit) => void,
): Promise<Replay> {
  const progress: Progress = { seq: undefined, length: 0, end: 0, torn: false };
  for await (const line of lines) {
    progress.end = line.offset + line.bytes.length + (line.ended ? 1 : 0);
    if (line.offset === 0) readHeader(line, path, progress);
    else step(line, path, snapshotSeq, progress, apply);
  }
  if (progress.length === 0) throw new WritError('STORE_CORRUPT', `${path} is empty`);
  return {
    seq: Math.max(progress.seq ?? 0, snapshotSeq),
    length: progress.length,
    torn: progress.end - progress.length,
  };
}

function readHeader(line: Line, path: string, progress: Progress): void {
  const text = Buffer.from(line.bytes).toString('latin1');
  if (!line.ended || `${text}\n` !== LOG_HEADER) {
    throw new WritError('STORE_CORRUPT', `${path} does not begin as an index log of version 1 does`);
  }
  progress.length = progress.end;
}

function step(
  line: Line,
  path: string,
  snapshotSeq: number,
  progress: Progress,
  apply: (commit: Commit) => void,
): void {
  const commit = line.ended ? decodeCommit(line.bytes) : undefined;
  if (commit !== undefined && !progress.torn) {
    checkOrder(commit, path, line.offset, progress, snapshotSeq);
    if (commit.seq > snapshotSeq) apply(commit);
    progress.seq = commit.seq;
    progress.length = progress.end;
    return;
  }
  progress.torn = true;
  const last = progress.seq ?? snapshotSeq;
  const proof = (commit ? [commit] : commitsWithin(line)).some(found => found.batch > last + 1);
  if (proof) throw damaged(path, progress.length, 'a commit before the last batch is damaged');
}

/** Where a commit may begin. */
const BEGINNING = /\["[0-9a-f]{16}",\{"seq":/g;

/** Whole commits behind damage in the same line: the line feed between them may be what was damaged. */
function commitsWithin(line: Line): Commit[] {
  const text = Buffer.from(line.bytes).toString('latin1');
  return Array.from(text.matchAll(BEGINNING), match => decodeCommit(line.bytes.subarray(match.index))).filter(
    commit => commit !== undefined,
  );
}

/** The first commit may be one that the snapshot has: the log is cut after the snapshot is made. */
function checkOrder(
  commit: Commit,
  path: string,
  offset: number,
  progress: Progress,
  snapshotSeq: number,
): void {
  const fits = progress.seq === undefined ? commit.seq <= snapshotSeq + 1 : commit.seq === progress.seq + 1;
  if (!fits) throw damaged(path, offset, `commit ${commit.seq} follows ${progress.seq ?? snapshotSeq}`);
}

function damaged(path: string, offset: number, why: string): WritError {
  return new WritError('STORE_CORRUPT', `${path} is damaged at offset ${offset}: ${why}`, {
    details: { path, offset },
  });
}
