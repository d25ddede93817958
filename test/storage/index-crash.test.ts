/** Crashes, full disks and damaged files: what was acknowledged stays, what was not leaves nothing torn. */
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import { LOG_HEADER } from '../../src/storage/log-format.js';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { bundleFixture, failureOf, run, runNode, temporaryFolder } from './support.js';

const logOf = (root: string): string => join(root, 'index', 'index.log');
const snapshotOf = (root: string): string => join(root, 'index', 'index.snapshot');

async function written(root: string, count: number, rotateBytes?: number): Promise<void> {
  const index = await openLowdbIndex(root, rotateBytes === undefined ? {} : { rotateBytes });
  for (let n = 1; n <= count; n++) await index.transaction(tx => tx.put(`k/${n}`, { n, é: '😀' }));
  await index.close();
}

async function keysIn(root: string, warnings: WritError[] = []): Promise<string[]> {
  const index = await openLowdbIndex(root, { onWarning: warning => warnings.push(warning) });
  try {
    return (await index.list('')).map(([key]) => key);
  } finally {
    await index.close();
  }
}

describe('kill -9 of the writer', () => {
  let writer: string;
  beforeAll(async () => {
    writer = await bundleFixture('index-writer');
  });

  it.each([
    ['in the log', '1000000000', 300],
    ['among snapshots', '20000', 900],
    ['among snapshots, later', '4000', 400],
  ])('loses no acknowledged transaction, and the store opens: %s', async (_, rotateBytes, acks) => {
    const root = await temporaryFolder();
    let acknowledged = 0;
    for (let life = 0; life < 3; life++) {
      const child = runNode(writer, root, rotateBytes);
      await child.line(line => line.startsWith('ack') && child.lines.length > acks * (1 + life / 7));
      child.process.kill('SIGKILL');
      expect(await child.ended).toStrictEqual({ code: null, signal: 'SIGKILL' });
      const numbers = child.lines.filter(line => line.startsWith('ack ')).map(line => Number(line.slice(4)));
      const index = await openLowdbIndex(root);
      for (const n of numbers) expect(await index.get(`b/${n}`)).toBe(n);
      acknowledged += numbers.length;
      // All or nothing of each: the parts of a transaction are there together.
      const next = (await index.get('next')) as number;
      expect(next).toBeGreaterThanOrEqual(acknowledged);
      const whole = (await index.list('b/')).map(([key]) => Number(key.slice(2)));
      expect(Math.max(...whole)).toBe(next - 1);
      for (const [key] of await index.list('a/')) expect(whole).toContain(Number(key.slice(2)));
      await index.close();
      expect((await readdir(join(root, 'index'))).filter(name => name.startsWith('.draft'))).toStrictEqual(
        [],
      );
    }
  });
});

describe('a torn end', () => {
  it('is dropped and reported, at every byte of the last record', async () => {
    const root = await temporaryFolder();
    await written(root, 2);
    const before = (await readFile(logOf(root))).length;
    await written(root, 0);
    const index = await openLowdbIndex(root);
    await index.transaction(tx => tx.put('k/3', 3));
    await index.close();
    const whole = await readFile(logOf(root));
    for (let length = before; length < whole.length; length++) {
      await writeFile(logOf(root), whole.subarray(0, length));
      const warnings: WritError[] = [];
      expect(await keysIn(root, warnings)).toStrictEqual(['k/1', 'k/2']);
      expect((await readFile(logOf(root))).length).toBe(before);
      expect(warnings.map(warning => warning.details['torn'])).toStrictEqual(
        length === before ? [] : [length - before],
      );
    }
    await writeFile(logOf(root), whole);
    expect(await keysIn(root)).toStrictEqual(['k/1', 'k/2', 'k/3']);
  });

  it('is overwritten by what comes next', async () => {
    const root = await temporaryFolder();
    await written(root, 1);
    await appendFile(logOf(root), '["half a rec');
    await written(root, 2);
    const warnings: WritError[] = [];
    expect(await keysIn(root, warnings)).toStrictEqual(['k/1', 'k/2']);
    expect(warnings).toStrictEqual([]);
  });

  it('may have a hole in it: parts of the last batch that reached the disk before others', async () => {
    const root = await temporaryFolder();
    await written(root, 1);
    const index = await openLowdbIndex(root);
    await Promise.all([2, 3, 4, 5].map(n => index.transaction(tx => tx.put(`k/${n}`, n)))); // 2 | 3 4 5
    await index.close();
    const bytes = await readFile(logOf(root));
    const start = lineStart(bytes, 4);
    bytes.fill(0, start, start + 10);
    await writeFile(logOf(root), bytes);
    expect(await keysIn(root)).toStrictEqual(['k/1', 'k/2', 'k/3']);
  });
});

describe('damage', () => {
  it('before the last batch is an error, at every byte of a record', async () => {
    const root = await temporaryFolder();
    await written(root, 3);
    const whole = await readFile(logOf(root));
    for (let at = lineStart(whole, 2); at < lineStart(whole, 3); at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at]! ^ 0x02;
      await writeFile(logOf(root), bytes);
      const error = await failureOf(openLowdbIndex(root), 'STORE_CORRUPT');
      expect(error.message).toContain(logOf(root));
    }
  });

  it('by lines that are missing, twice there or in another order is an error', async () => {
    const root = await temporaryFolder();
    await written(root, 4);
    const [header, a, b, c, d] = (await readFile(logOf(root), 'utf8')).split('\n');
    for (const lines of [
      [b, c, d],
      [a, c, d],
      [a, a, b],
      [b, a, c, d],
      [a, b, d, c],
    ]) {
      await writeFile(logOf(root), [header, ...lines, ''].join('\n'));
      await failureOf(openLowdbIndex(root), 'STORE_CORRUPT');
    }
  });

  it('of the header, or a log of another version, is an error', async () => {
    const root = await temporaryFolder();
    await written(root, 1);
    for (const text of ['', '{"writ":"index-log","v":2}\n', LOG_HEADER.slice(0, -1), 'x\n']) {
      await writeFile(logOf(root), text);
      await failureOf(openLowdbIndex(root), 'STORE_CORRUPT');
    }
  });

  it('of a snapshot is an error: any byte, any missing line, a missing log', async () => {
    const root = await temporaryFolder();
    await written(root, 5, 1);
    const whole = await readFile(snapshotOf(root));
    const damaged: Buffer[] = [
      Buffer.alloc(0),
      whole.subarray(0, whole.length - 1),
      Buffer.concat([whole, whole]),
    ];
    for (let at = 0; at < whole.length; at += 7) {
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at]! ^ 0x01;
      damaged.push(bytes);
    }
    for (const bytes of damaged) {
      await writeFile(snapshotOf(root), bytes);
      expect((await failureOf(openLowdbIndex(root), 'STORE_CORRUPT')).message).toContain(snapshotOf(root));
    }
    await writeFile(snapshotOf(root), whole);
    expect(await keysIn(root)).toHaveLength(5);
    await rm(snapshotOf(root));
    await failureOf(openLowdbIndex(root), 'STORE_CORRUPT');
    await writeFile(snapshotOf(root), whole);
    await rm(logOf(root));
    await failureOf(openLowdbIndex(root), 'STORE_CORRUPT');
  });

  it('leaves no lock behind: the store opens once it is repaired', async () => {
    const root = await temporaryFolder();
    await written(root, 1);
    const whole = await readFile(logOf(root));
    await truncate(logOf(root), 3);
    await failureOf(openLowdbIndex(root), 'STORE_CORRUPT');
    await writeFile(logOf(root), whole);
    expect(await keysIn(root)).toStrictEqual(['k/1']);
  });
});

describe('a snapshot', () => {
  it('takes the place of the log, and a crash between the two loses and doubles nothing', async () => {
    const root = await temporaryFolder();
    await written(root, 3);
    const log = await readFile(logOf(root));
    await written(root, 1, 1); // writes k/1 again, after a snapshot of the three
    expect((await readFile(logOf(root))).length).toBeLessThan(log.length);
    await writeFile(logOf(root), log); // as if the log had not been cut
    expect(await keysIn(root)).toStrictEqual(['k/1', 'k/2', 'k/3']);
    await written(root, 4);
    expect(await keysIn(root)).toStrictEqual(['k/1', 'k/2', 'k/3', 'k/4']);
  });
});

interface Report {
  acknowledged: number;
  visible: number;
  last: number;
  refused: string[];
  later: string;
}

describe('a full disk', () => {
  it('refuses with STORE_FULL, keeps what was acknowledged, and takes what fits afterwards', async () => {
    const root = await temporaryFolder();
    const fixture = await bundleFixture('index-small-disk');
    // 200 blocks of 512 or 1,024 bytes: the log may not grow beyond that.
    const child = run('sh', ['-c', 'ulimit -f 200; exec "$0" "$@"', process.execPath, fixture, root]);
    expect(await child.ended).toStrictEqual({ code: 0, signal: null });
    const report = JSON.parse(child.lines.at(-1) ?? '') as Report;
    expect(new Set(report.refused)).toStrictEqual(new Set(['STORE_FULL']));
    expect(report.acknowledged).toBeGreaterThan(10);
    expect(report).toMatchObject({
      visible: report.acknowledged,
      last: report.acknowledged - 1,
      later: 'stored',
    });
    const index = await openLowdbIndex(root);
    expect(await index.list('k/')).toHaveLength(report.acknowledged);
    expect(await index.get('last')).toBe(report.acknowledged - 1);
    expect(await index.get('later')).toBe(1);
    await index.close();
  });
});

/** Where line `n` begins; line 1 is the first commit. */
function lineStart(bytes: Buffer, n: number): number {
  let at = 0;
  for (let line = 0; line < n; line++) at = bytes.indexOf('\n', at) + 1;
  return at;
}
