/** A file that grows by whole batches: after each `append` it ends with that batch, or as it ended before. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { WritError } from '../errors.js';
import { storeFailure } from './failure.js';

/** The operations of the file, so that tests can make them fail. */
export interface LogFile {
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes data and length durable. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export async function openLogFile(path: string): Promise<LogFile> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  return {
    write: async (bytes, position) => {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    },
    sync: () => file.datasync(),
    truncate: length => file.truncate(length),
    close: () => file.close(),
  };
}

export class AppendLog {
  readonly #file: LogFile;
  readonly #path: string;
  #length: number;
  #broken: WritError | undefined;

  /**
   * @param path - names the file in messages
   * @param length - where the file's last whole batch ends; bytes after it are cut by {@link cut}
   */
  constructor(file: LogFile, path: string, length: number) {
    this.#file = file;
    this.#path = path;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Appends `bytes`; durable when it resolves. After STORE_FULL the log is as before and takes more when there is
   * space; after any other failure the file cannot be trusted, and nothing is written until it is opened again.
   *
   * @throws WritError STORE_FULL, STORE_IO
   */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#broken) throw this.#broken;
    try {
      await this.#file.write(bytes, this.#length);
      await this.#file.sync();
      this.#length += bytes.length;
    } catch (cause) {
      const failure = storeFailure(cause, `the log ${this.#path} cannot be written`);
      await this.#undo(failure);
      throw failure;
    }
  }

  /** Cuts the file to `length`; durable when it resolves. */
  async cut(length: number): Promise<void> {
    if (this.#broken) throw this.#broken;
    try {
      await this.#file.truncate(length);
      await this.#file.sync();
      this.#length = length;
    } catch (cause) {
      this.#broken = storeFailure(cause, `the log ${this.#path} cannot be cut to ${length} bytes`);
      throw this.#broken;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** A batch that failed must not come back when the file is opened: half of it may be in the file. */
  async #undo(failure: WritError): Promise<void> {
    try {
      await this.#file.truncate(this.#length);
      await this.#file.sync();
    } catch (cause) {
      this.#broken = unusable(this.#path, cause);
      return;
    }
    // A failed fdatasync may have dropped pages that a second one does not miss.
    if (failure.code !== 'STORE_FULL') this.#broken = unusable(this.#path, failure);
  }
}

function unusable(path: string, cause: unknown): WritError {
  return new WritError(
    'STORE_IO',
    `the log ${path} failed before and takes no more until it is opened again`,
    {
      cause,
      hint: 'check the disk, then restart the service',
    },
  );
}
