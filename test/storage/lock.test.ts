import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/storage/lock.js';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { bundleFixture, failureOf, runNode, temporaryFolder } from './support.js';

let contender: string;
beforeAll(async () => {
  contender = await bundleFixture('lock-contender');
});

/** Longer than anybody here holds a lock, on a machine that is slow and busy. */
const PATIENCE_MS = 200_000;
const shorten = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
const BOOT = shorten(readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
const HOST = shorten(hostname());

/** A claim whose process is gone: the socket is there, nobody listens. */
async function deadClaim(lock: string, name: string): Promise<void> {
  await mkdir(lock, { recursive: true, mode: 0o700 });
  const draft = join(lock, 'x');
  const server = createServer().listen(draft);
  await new Promise(resolve => server.once('listening', resolve));
  await rename(draft, join(lock, name));
  await new Promise(resolve => server.close(resolve));
}

describe('a lock', () => {
  it('has one holder; the next comes after it', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    const first = await acquireLock(dir, 'the thing');
    const error = await failureOf(acquireLock(dir, 'the thing', 0), 'STORE_LOCKED');
    expect(error.message).toBe(`the thing is in use by process ${process.pid}`);
    expect(error.details).toStrictEqual({ pid: process.pid });
    const waiting = acquireLock(dir, 'the thing', PATIENCE_MS);
    await first.release();
    await first.release();
    await (await waiting).release();
    expect(await readdir(dir)).toStrictEqual([]);
  });

  it('works where a path is too long for a socket', async () => {
    const dir = join(await temporaryFolder(), 'x'.repeat(120), 'lock');
    const lock = await acquireLock(dir, 'the thing');
    await failureOf(acquireLock(dir, 'the thing', 0), 'STORE_LOCKED');
    await lock.release();
    await (await acquireLock(dir, 'the thing')).release();
    expect(await readdir(dir)).toStrictEqual([]);
  });

  it('of a killed process is taken over', async () => {
    const dir = await temporaryFolder();
    const child = runNode(contender, dir, '1', 'hold');
    await child.line(line => line === 'held');
    const error = await failureOf(acquireLock(join(dir, 'lock'), 'the thing', 50), 'STORE_LOCKED');
    expect(error.message).toBe(`the thing is in use by process ${child.process.pid}`);
    child.process.kill('SIGKILL');
    await child.ended;
    expect(await readdir(join(dir, 'lock'))).toHaveLength(1);
    const lock = await acquireLock(join(dir, 'lock'), 'the thing');
    expect(await readdir(join(dir, 'lock'))).toHaveLength(1);
    await lock.release();
  });

  it('of a stopped process is not', async () => {
    const dir = await temporaryFolder();
    const child = runNode(contender, dir, '1', 'hold');
    await child.line(line => line === 'held');
    child.process.kill('SIGSTOP');
    await failureOf(acquireLock(join(dir, 'lock'), 'the thing', 50), 'STORE_LOCKED');
    child.process.kill('SIGKILL');
    await child.ended;
  });

  it('does not believe a process id that is used again', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    await deadClaim(dir, `claim-${BOOT}-${HOST}-${process.pid}-${'0'.repeat(16)}`);
    await (await acquireLock(dir, 'the thing')).release();
    expect(await readdir(dir)).toStrictEqual([]);
  });

  it('of this machine before its last start is taken over', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    await deadClaim(dir, `claim-${'0'.repeat(12)}-${HOST}-1-${'0'.repeat(16)}`);
    await (await acquireLock(dir, 'the thing')).release();
  });

  it('of another container on this kernel is judged by its socket, whatever its host name', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    await deadClaim(dir, `claim-${BOOT}-${'0'.repeat(12)}-1-${'0'.repeat(16)}`);
    await (await acquireLock(dir, 'the thing')).release();
  });

  it('of another machine is respected, and the error says what to remove', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    const name = `claim-${'0'.repeat(12)}-${'1'.repeat(12)}-1-${'0'.repeat(16)}`;
    await deadClaim(dir, name);
    const anHour = 3_600_000; // which it does not wait
    const error = await failureOf(acquireLock(dir, 'the thing', anHour), 'STORE_LOCKED');
    expect(error.message).toBe('the thing is in use by a process on another machine');
    expect(error.hint).toBe(`if that machine is gone, remove ${join(dir, name)}`);
    await rm(join(dir, name));
    await (await acquireLock(dir, 'the thing')).release();
  });

  it('is not disturbed by the draft of a process that died before it claimed', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    await deadClaim(dir, '.draft-0123456789abcdef');
    await (await acquireLock(dir, 'the thing')).release();
    expect(await readdir(dir)).toStrictEqual([]);
  });

  it('is never held twice: processes and dead claims contend', async () => {
    const dir = await temporaryFolder();
    for (let i = 0; i < 10; i++) {
      await deadClaim(join(dir, 'lock'), `claim-${BOOT}-${HOST}-${i + 1}-${`${i}`.repeat(16)}`);
    }
    const children = Array.from({ length: 4 }, () => runNode(contender, dir, '40'));
    for (const child of children) expect(await child.ended).toStrictEqual({ code: 0, signal: null });
    expect(await readdir(join(dir, 'lock'))).toStrictEqual([]);
  });

  it('is never held twice: within one process', async () => {
    const dir = join(await temporaryFolder(), 'lock');
    let inside = 0;
    const enter = async (): Promise<void> => {
      const lock = await acquireLock(dir, 'the thing', PATIENCE_MS);
      expect(++inside).toBe(1);
      await new Promise(resolve => setImmediate(resolve));
      inside--;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 12 }, enter));
  });
});

describe('a store', () => {
  it('refuses a second writer, and opens after the first', async () => {
    const root = await temporaryFolder();
    const first = await openLowdbIndex(root);
    const error = await failureOf(openLowdbIndex(root), 'STORE_LOCKED');
    expect(error.message).toBe(`the store ${root} is in use by process ${process.pid}`);
    await first.transaction(tx => tx.put('a', 1));
    await first.close();
    const second = await openLowdbIndex(root);
    expect(await second.get('a')).toBe(1);
    await second.close();
  });

  it('goes to one of many that open it at once', async () => {
    const root = await temporaryFolder();
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => openLowdbIndex(root)));
    const opened = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(opened.length).toBeLessThanOrEqual(1);
    for (const index of opened) await index.close();
    await (await openLowdbIndex(root)).close();
  });
});
