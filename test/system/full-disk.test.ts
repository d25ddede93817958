/** A disk that is really full: a small tmpfs. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlobFolder } from '../../src/storage/blob-folder.js';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { bundleFixture, failureOf, runNode, temporaryFolder } from '../storage/support.js';
import { describeWith } from '../support/system.js';

describeWith(['root', 'mount', 'umount'], 'a full disk', () => {
  let disk: string;
  beforeAll(async () => {
    disk = join(await temporaryFolder(), 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', disk]);
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
  });

  it('refuses transactions with STORE_FULL, keeps the acknowledged ones, goes on when there is space', async () => {
    const root = join(disk, 'store');
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(256 * 1024));
    const child = runNode(await bundleFixture('index-small-disk'), root, ballast);
    expect(await child.ended).toStrictEqual({ code: 0, signal: null });
    const report = JSON.parse(child.lines.at(-1) ?? '') as Record<string, unknown> & { acknowledged: number };
    expect(report.acknowledged).toBeGreaterThan(10);
    expect(report).toMatchObject({
      visible: report.acknowledged,
      last: report.acknowledged - 1,
      later: 'stored',
    });
    expect(report['refused']).toContain('STORE_FULL');
    const index = await openLowdbIndex(root);
    expect(await index.list('k/')).toHaveLength(report.acknowledged);
    await index.close();
  });

  it('refuses blobs with STORE_FULL and leaves nothing of them', async () => {
    const blobs = await BlobFolder.open(join(disk, 'store'));
    await failureOf(blobs.put(new Uint8Array(2 * 1024 * 1024)), 'STORE_FULL');
    await blobs.put(new TextEncoder().encode('small'));
  });
});
