/** Disks that are really full, and files that may not grow: what was acknowledged stays, and the service goes on. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHex } from '../../src/crypto/digest.js';
import { createPrivateFile } from '../../src/keystore/secret-file.js';
import { BlobFolder } from '../../src/storage/blob-folder.js';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { ApiClient } from '../../src/transport/api-client.js';
import { HttpFetcher } from '../../src/transport/http-fetcher.js';
import { base64, documents, file, makeTargets, targetsOf } from '../repository/publisher.js';
import { bundleFixture, failureOf, runNode, temporaryFolder } from '../storage/support.js';
import { describeWith } from '../support/system.js';
import {
  createRepository,
  inAMonth,
  serve,
  temporaryFolder as emptyFolder,
  type Serving,
} from './writ-serve.js';

const IMAGE = 'registry.example/app:latest';

async function publish({ repository }: Serving, version: number, manifest: Uint8Array): Promise<void> {
  const targets = await makeTargets({
    version,
    expires: inAMonth,
    targets: targetsOf({ [IMAGE]: manifest }),
  });
  await new ApiClient({ server: repository }).publish('example', {
    base: { targets: version - 1 },
    documents: documents({ targets }),
    blobs: [base64(manifest)],
  });
}

const served = ({ repository }: Serving, manifest: Uint8Array): Promise<Uint8Array | null> =>
  HttpFetcher.at(`${repository}/tuf/example`).target(
    `registry.example/${digestHex('sha256', manifest)}.app:latest`,
    manifest.length,
  );

const manifestOf = (size: number): Uint8Array => file(JSON.stringify({ name: 'x'.repeat(size) }));

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

  it('is refused by the service, which goes on when there is space', async () => {
    const ballast = join(disk, 'ballast');
    const serving = await serve(join(disk, 'data'));
    await createRepository(new ApiClient({ server: serving.repository }), 'example');
    const [small, large] = [manifestOf(1), manifestOf(64 * 1024)];
    await publish(serving, 2, small);
    // What is left is less than the large one needs.
    await writeFile(ballast, Buffer.alloc(2 * 1024 * 1024)).catch(() => undefined);
    await failureOf(publish(serving, 3, large), 'STORE_FULL');
    expect(await served(serving, small)).toEqual(Buffer.from(small));
    await rm(ballast);
    await publish(serving, 3, large);
    expect(await served(serving, large)).toEqual(Buffer.from(large));
    expect(await serving.end('SIGTERM')).toBe(0);
  });

  it('leaves nothing of a secret that does not fit', async () => {
    const [folder, ballast] = [join(disk, 'keys'), join(disk, 'ballast')];
    await mkdir(folder, { mode: 0o700 });
    await writeFile(ballast, Buffer.alloc(2 * 1024 * 1024)).catch(() => undefined);
    const error = await failureOf(createPrivateFile(join(folder, 'key'), 'secret'), 'KEYSTORE_SECRET');
    expect(error.message).toBe(`the secret file ${join(folder, 'key')} cannot be written: the disk is full`);
    await rm(ballast);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses blobs with STORE_FULL and leaves nothing of them', async () => {
    const blobs = await BlobFolder.open(join(disk, 'store'));
    await failureOf(blobs.put(new Uint8Array(2 * 1024 * 1024)), 'STORE_FULL');
    await blobs.put(new TextEncoder().encode('small'));
  });
});

describe('a log that cannot be written', () => {
  it('does not end the service', async () => {
    const serving = await serve(join(emptyFolder(), 'data'), { limits: 'exec 2>/dev/full' });
    await createRepository(new ApiClient({ server: serving.repository }), 'example');
    expect((await fetch(`${serving.repository}/healthz`)).status).toBe(200);
    expect(await serving.end('SIGTERM')).toBe(0);
  });
});

describe('files that may not grow beyond 100 KiB', () => {
  it('are refused with STORE_FULL: the service lives, and has what it acknowledged', async () => {
    const serving = await serve(join(emptyFolder(), 'data'), { limits: 'ulimit -f 200' });
    await createRepository(new ApiClient({ server: serving.repository }), 'example');
    const [small, large] = [manifestOf(1), manifestOf(200 * 1024)];
    await publish(serving, 2, small);
    await failureOf(publish(serving, 3, large), 'STORE_FULL');
    expect(await served(serving, small)).toEqual(Buffer.from(small));
    const next = manifestOf(2);
    await publish(serving, 3, next);
    expect(await served(serving, next)).toEqual(Buffer.from(next));
    expect(await serving.end('SIGTERM')).toBe(0);
  });
});
