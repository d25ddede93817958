/** Failures of single system calls on the log, injected. */
import { mkdir, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import { AppendLog, openLogFile, type LogFile } from '../../src/storage/append-log.js';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import type { IndexStore } from '../../src/storage/ports.js';
import { failureOf, temporaryFolder } from './support.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const errno = (code: string): Error => Object.assign(new Error(code), { code });
type Operation = 'write' | 'sync' | 'truncate';

/** A file in memory; `fail` makes the next calls of an operation fail, writes after half of their bytes. */
class FaultyFile implements LogFile {
  content: Uint8Array = new Uint8Array(0);
  durable: Uint8Array = new Uint8Array(0);
  readonly calls: string[] = [];
  readonly failures: { readonly operation: Operation; readonly code: string }[] = [];

  fail(operation: Operation, code: string): void {
    this.failures.push({ operation, code });
  }

  async write(data: Uint8Array, position: number): Promise<void> {
    const failure = this.#take('write');
    const part = failure ? data.subarray(0, data.length / 2) : data;
    const grown = new Uint8Array(Math.max(this.content.length, position + part.length));
    grown.set(this.content);
    grown.set(part, position);
    this.content = grown;
    if (failure) throw failure;
  }

  async sync(): Promise<void> {
    const failure = this.#take('sync');
    if (failure) throw failure;
    this.durable = this.content.slice();
  }

  async truncate(length: number): Promise<void> {
    const failure = this.#take('truncate');
    if (failure) throw failure;
    this.content = this.content.slice(0, length);
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  #take(operation: Operation): Error | undefined {
    this.calls.push(operation);
    if (this.failures[0]?.operation !== operation) return undefined;
    const failure = this.failures.shift();
    return failure && errno(failure.code);
  }
}

const textOf = (content: Uint8Array): string => new TextDecoder().decode(content);

async function filled(): Promise<{ file: FaultyFile; log: AppendLog }> {
  const file = new FaultyFile();
  const log = new AppendLog(file, 'L', 0);
  await log.append(bytes('one.'));
  return { file, log };
}

describe('an append log', () => {
  it('writes, then syncs, before it says that it did', async () => {
    const { file, log } = await filled();
    await log.append(bytes('two.'));
    expect(textOf(file.durable)).toBe('one.two.');
    expect(file.calls).toStrictEqual(['write', 'sync', 'write', 'sync']);
    expect(log.length).toBe(8);
  });

  it.each([
    ['write', 'ENOSPC'],
    ['write', 'EFBIG'],
    ['sync', 'EDQUOT'],
    ['sync', 'ENOSPC'],
  ] as const)('is cut back after %s fails with %s, and takes more later', async (operation, code) => {
    const { file, log } = await filled();
    file.fail(operation, code);
    const error = await failureOf(log.append(bytes('lost')), 'STORE_FULL');
    expect(error.message).toBe(`the log L cannot be written: ${code}`);
    expect(textOf(file.durable)).toBe('one.');
    expect(textOf(file.content)).toBe('one.');
    await log.append(bytes('two.'));
    expect(textOf(file.durable)).toBe('one.two.');
  });

  it.each(['write', 'sync'] as const)('takes no more after %s fails with EIO', async operation => {
    const { file, log } = await filled();
    file.fail(operation, 'EIO');
    await failureOf(log.append(bytes('lost')), 'STORE_IO');
    expect(textOf(file.content)).toBe('one.');
    const error = await failureOf(log.append(bytes('two.')), 'STORE_IO');
    expect(error.message).toBe('the log L failed before and takes no more until it is opened again');
    await failureOf(log.cut(0), 'STORE_IO');
    expect(textOf(file.content)).toBe('one.');
  });

  it.each(['truncate', 'sync'] as const)(
    'takes no more when it cannot be cut back: %s fails',
    async operation => {
      const { file, log } = await filled();
      file.fail('write', 'ENOSPC');
      file.fail(operation, 'EIO');
      await failureOf(log.append(bytes('lost')), 'STORE_FULL');
      await failureOf(log.append(bytes('two.')), 'STORE_IO');
      expect(textOf(file.durable)).toBe('one.');
    },
  );

  it('takes no more when a cut fails', async () => {
    const { file, log } = await filled();
    file.fail('truncate', 'EIO');
    const error = await failureOf(log.cut(0), 'STORE_IO');
    expect(error.message).toBe('the log L cannot be cut to 0 bytes: EIO');
    await failureOf(log.append(bytes('two.')), 'STORE_IO');
  });
});

/** An index on a real file whose next operations fail on demand. */
async function faultyIndex(rotateBytes?: number): Promise<{
  root: string;
  index: IndexStore;
  failures: { operation: Operation; code: string }[];
  counts: Record<Operation, number>;
  warnings: WritError[];
}> {
  const failures: { operation: Operation; code: string }[] = [];
  const counts = { write: 0, sync: 0, truncate: 0 };
  const warnings: WritError[] = [];
  const root = await temporaryFolder();
  const check = (operation: Operation): void => {
    counts[operation]++;
    if (failures[0]?.operation === operation) throw errno(failures.shift()?.code ?? '');
  };
  const index = await openLowdbIndex(root, {
    ...(rotateBytes === undefined ? {} : { rotateBytes }),
    onWarning: warning => warnings.push(warning),
    openLog: async path => {
      const file = await openLogFile(path);
      return {
        write: async (data, position) => {
          const failing = failures[0]?.operation === 'write';
          await file.write(failing ? data.subarray(0, data.length / 2) : data, position);
          check('write');
        },
        sync: async () => {
          check('sync');
          await file.sync();
        },
        truncate: async length => {
          check('truncate');
          await file.truncate(length);
        },
        close: () => file.close(),
      };
    },
  });
  return { root, index, failures, counts, warnings };
}

describe('an index whose log fails', () => {
  it('rejects what stands on the failed batch, is as before, and goes on', async () => {
    const { root, index, failures } = await faultyIndex();
    const put = (key: string, value: number): Promise<void> => index.transaction(tx => tx.put(key, value));
    await put('a', 1);
    failures.push({ operation: 'sync', code: 'ENOSPC' });
    const first = put('a', 2);
    const stacked = index.transaction(async tx => {
      tx.put('b', ((await tx.get('a')) as number) + 10);
    });
    const reader = index.transaction(tx => tx.get('a')); // would answer with what is then lost
    for (const lost of [first, stacked, reader]) await failureOf(lost, 'STORE_FULL');
    expect(await index.list('')).toStrictEqual([['a', 1]]);
    await put('c', 3);
    expect(await index.transaction(tx => tx.list(''))).toStrictEqual([
      ['a', 1],
      ['c', 3],
    ]);
    await index.close();
    const again = await openLowdbIndex(root);
    expect(await again.list('')).toStrictEqual([
      ['a', 1],
      ['c', 3],
    ]);
    await again.close();
  });

  it('fails a transaction that is running when what it read is lost', async () => {
    const { index, failures } = await faultyIndex();
    failures.push({ operation: 'write', code: 'ENOSPC' });
    const first = index.transaction(tx => tx.put('a', 1));
    let read: unknown;
    const running = index.transaction(async tx => {
      read = await tx.get('a');
      await first.catch(() => undefined);
      tx.put('b', 1);
    });
    const throwing = running.then(
      () => undefined,
      () =>
        index.transaction(async tx => {
          expect(await tx.get('a')).toBeUndefined();
        }),
    );
    await failureOf(first, 'STORE_FULL');
    await failureOf(running, 'STORE_FULL');
    expect(read).toBe(1);
    await throwing;
    expect(await index.list('')).toStrictEqual([]);
    await index.close();
  });

  it('says STORE_IO until it is opened again, after a failure that is not about space', async () => {
    const { root, index, failures } = await faultyIndex();
    failures.push({ operation: 'sync', code: 'EIO' });
    await failureOf(
      index.transaction(tx => tx.put('a', 1)),
      'STORE_IO',
    );
    await failureOf(
      index.transaction(tx => tx.put('a', 1)),
      'STORE_IO',
    );
    await index.close();
    const again = await openLowdbIndex(root);
    await again.transaction(tx => tx.put('a', 1));
    await again.close();
  });

  it('stores many concurrent transactions with few syncs', async () => {
    const { index, counts } = await faultyIndex();
    await Promise.all(Array.from({ length: 2000 }, (_, i) => index.transaction(tx => tx.put(`k/${i}`, i))));
    expect(counts.sync).toBeLessThan(20);
    expect(await index.list('k/')).toHaveLength(2000);
    await index.close();
  });

  it('survives a snapshot that cannot be made: the log goes on, and somebody is told', async () => {
    const { root, index, warnings } = await faultyIndex(1);
    await mkdir(`${root}/index/index.snapshot/in-the-way`, { recursive: true });
    await index.transaction(tx => tx.put('a', 1));
    await index.transaction(tx => tx.put('a', 2));
    expect(warnings.map(warning => warning.code)).toContain('STORE_IO');
    await index.close();
    await rm(`${root}/index/index.snapshot`, { recursive: true });
    const again = await openLowdbIndex(root);
    expect(await again.get('a')).toBe(2);
    await again.close();
  });

  it('stops when the log cannot be cut after a snapshot, and loses nothing', async () => {
    const { root, index, failures } = await faultyIndex(1);
    await index.transaction(tx => tx.put('a', 1));
    failures.push({ operation: 'truncate', code: 'EIO' });
    await failureOf(
      index.transaction(tx => tx.put('a', 2)),
      'STORE_IO',
    );
    await index.close();
    const again = await openLowdbIndex(root);
    expect(await again.get('a')).toBe(1);
    await again.close();
  });
});
