/** A file as bytes one after the other, and any part of it again. Reads of a dump wait for nothing else. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { reasonOf, WritError } from '../../errors.js';

const CHUNK = 1024 * 1024;
export const END = -1;

export class DumpBytes {
  readonly path: string;
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(CHUNK);
  /** Where the buffer begins in the file, and how much of it is filled. */
  #start = 0;
  #filled = 0;
  #at = 0;

  /** @throws WritError MIGRATE_SOURCE */
  constructor(path: string) {
    this.path = path;
    this.#fd = attempt(path, () => openSync(path, 'r'));
    if (!attempt(path, () => fstatSync(this.#fd)).isFile()) {
      closeSync(this.#fd);
      throw new WritError('MIGRATE_SOURCE', `${path} is not a regular file`);
    }
  }

  /** The offset of the byte that is next. */
  get offset(): number {
    return this.#start + this.#at;
  }

  /** The next byte, which stays the next; {@link END} after the last. */
  peek(): number {
    if (this.#at < this.#filled || this.#fill()) return this.#buffer[this.#at] ?? END;
    return END;
  }

  /** The byte after the next. */
  second(): number {
    if (this.#at + 1 < this.#filled) return this.#buffer[this.#at + 1] ?? END;
    const one = Buffer.alloc(1);
    const read = attempt(this.path, () => readSync(this.#fd, one, 0, 1, this.offset + 1));
    return read === 1 ? (one[0] ?? END) : END;
  }

  next(): number {
    const byte = this.peek();
    if (byte !== END) this.#at++;
    return byte;
  }

  /** The first bytes, at most `length`. */
  head(length: number): Buffer {
    const { size } = attempt(this.path, () => fstatSync(this.#fd));
    return this.slice(0, Math.min(size, length));
  }

  /** @throws WritError MIGRATE_SOURCE when the file is not that long any more */
  slice(start: number, end: number): Buffer {
    const part = Buffer.alloc(end - start);
    for (let filled = 0; filled < part.length;) {
      const read = attempt(this.path, () =>
        readSync(this.#fd, part, filled, part.length - filled, start + filled),
      );
      if (read === 0) throw new WritError('MIGRATE_SOURCE', `${this.path} became shorter`);
      filled += read;
    }
    return part;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #fill(): boolean {
    this.#start += this.#filled;
    this.#at = 0;
    this.#filled = attempt(this.path, () => readSync(this.#fd, this.#buffer, 0, CHUNK, this.#start));
    return this.#filled > 0;
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new WritError('MIGRATE_SOURCE', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
