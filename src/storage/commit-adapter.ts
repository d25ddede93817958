/**
 * The lowdb adapter of the index: `read()` gives snapshot and log, `write()` appends what changed. Beside the
 * log there is never more than one snapshot; the log is cut when a new one has its commits.
 */
import { join } from 'node:path';
import type { Adapter } from 'lowdb';
import { isWritError, WritError } from '../errors.js';
import { AppendLog, openLogFile, type LogFile } from './append-log.js';
import { atomicWriteFile, removeDrafts } from './files.js';
import { openLines } from './lines.js';
import { encodeCommit, LOG_HEADER, type Commit } from './log-format.js';
import { Records, type Changes } from './records.js';
import { replayLog } from './replay.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';

/** What lowdb holds as its data. */
export interface IndexData {
  /** What is durable. */
  readonly records: Records;
  /** The commits that the next `write()` makes durable. */
  unwritten: readonly Changes[];
}

export interface CommitAdapterOptions {
  /** The length of the log's commits from which a snapshot is made, unless the last snapshot is longer. */
  readonly rotateBytes: number;
  /** Learns of what went wrong and was survived: a torn end, a snapshot that could not be made. */
  readonly onWarning: (warning: WritError) => void;
  /** Opens the log; tests make one that fails. */
  readonly openLog: (path: string) => Promise<LogFile>;
}

export const COMMIT_ADAPTER_DEFAULTS: CommitAdapterOptions = {
  rotateBytes: 8 * 1024 * 1024,
  onWarning: () => undefined,
  openLog: openLogFile,
};

export class CommitAdapter implements Adapter<IndexData> {
  readonly #dir: string;
  readonly #logPath: string;
  readonly #snapshotPath: string;
  readonly #options: CommitAdapterOptions;
  #log: AppendLog | undefined;
  #seq = 0;
  #rotateAt: number;

  /** @param dir - a folder of which the caller holds the lock */
  constructor(dir: string, options: CommitAdapterOptions) {
    this.#dir = dir;
    this.#logPath = join(dir, 'index.log');
    this.#snapshotPath = join(dir, 'index.snapshot');
    this.#options = options;
    this.#rotateAt = options.rotateBytes;
  }

  /**
   * Opens the files, or makes them. A torn end of the log is cut off and reported.
   *
   * @throws WritError STORE_CORRUPT, STORE_FULL, STORE_IO
   */
  async read(): Promise<IndexData> {
    await removeDrafts(this.#dir);
    const snapshotLines = await openLines(this.#snapshotPath);
    const snapshot = snapshotLines ? await readSnapshot(snapshotLines, this.#snapshotPath) : undefined;
    const entries = snapshot?.records ?? new Map();
    const lines = (await openLines(this.#logPath)) ?? (await this.#makeLog(snapshot !== undefined));
    const replay = await replayLog(lines, this.#logPath, snapshot?.seq ?? 0, commit => {
      applyTo(entries, commit);
    });
    const file = await this.#options.openLog(this.#logPath);
    this.#log = new AppendLog(file, this.#logPath, replay.length);
    if (replay.torn > 0) await this.#cutTorn(replay.length, replay.torn);
    this.#seq = replay.seq;
    const records = new Records();
    records.load(entries);
    return { records, unwritten: [] };
  }

  /**
   * Appends all of `data.unwritten` with one fdatasync, or nothing of it.
   *
   * @throws WritError STORE_FULL, STORE_IO
   */
  async write(data: IndexData): Promise<void> {
    const log = this.#openLog();
    if (log.length - LOG_HEADER.length >= this.#rotateAt) await this.#rotate(log, data.records);
    const batch = this.#seq + 1;
    const lines = data.unwritten.map((changes, i) => encodeCommit(batch + i, batch, changes));
    await log.append(Buffer.from(lines.join('')));
    this.#seq += lines.length;
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  #openLog(): AppendLog {
    if (this.#log) return this.#log;
    throw new WritError('STORE_CLOSED', `the index log ${this.#logPath} was not opened`);
  }

  async #makeLog(hasSnapshot: boolean) {
    if (hasSnapshot)
      throw new WritError('STORE_CORRUPT', `the log ${this.#logPath} is missing beside its snapshot`);
    await atomicWriteFile(this.#logPath, Buffer.from(LOG_HEADER));
    const lines = await openLines(this.#logPath);
    if (lines) return lines;
    throw new WritError('STORE_IO', `the log ${this.#logPath} vanished`);
  }

  async #cutTorn(length: number, torn: number): Promise<void> {
    await this.#openLog().cut(length);
    this.#options.onWarning(
      new WritError('STORE_CORRUPT', `the last ${torn} bytes of ${this.#logPath} were torn and are cut off`, {
        hint: 'nothing to do: they were never acknowledged',
        details: { path: this.#logPath, torn },
      }),
    );
  }

  /** A full disk must not fail the commit that is waiting: the log goes on, and the snapshot is tried again. */
  async #rotate(log: AppendLog, records: Records): Promise<void> {
    try {
      const length = await writeSnapshot(this.#snapshotPath, this.#seq, records);
      this.#rotateAt = Math.max(this.#options.rotateBytes, length);
    } catch (error) {
      if (!isWritError(error)) throw error;
      this.#rotateAt = log.length - LOG_HEADER.length + this.#options.rotateBytes;
      this.#options.onWarning(error);
      return;
    }
    await log.cut(LOG_HEADER.length);
  }
}

function applyTo(entries: Map<string, Commit['put'][number][1]>, commit: Commit): void {
  for (const [key, value] of commit.put) entries.set(key, value);
  for (const key of commit.delete) entries.delete(key);
}
