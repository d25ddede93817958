/** Large documents are written while they are verified: what is refused leaves nothing behind. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { OnlineKeyring } from '../../../src/keystore/online-keyring.js';
import type { NotaryRepositories } from '../../../src/repository/notary/service.js';
import { openNotary } from '../../../src/server/notary/open.js';
import { BlobFolder } from '../../../src/storage/blob-folder.js';
import { openMemoryIndex } from '../../../src/storage/memory-index.js';
import { TARGETS } from '../../../src/tuf/role-name.js';
import { temporaryFolder } from '../../storage/support.js';
import { GUN, NOW, Publisher, upload } from './publisher.js';

const TAGS = Array.from({ length: 400 }, (_, i) => `v${i}`);
let root: string;
let repositories: NotaryRepositories;
let p: Publisher;

const namesIn = async (...folders: string[]): Promise<string[]> =>
  (await readdir(join(root, 'blobs', ...folders), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
    .sort();

beforeEach(async () => {
  root = await temporaryFolder();
  const keyring = new OnlineKeyring([new Uint8Array(32).fill(7)]);
  const [index, blobs] = [openMemoryIndex(), await BlobFolder.open(root)];
  repositories = openNotary({ keyring, index, blobs, clock: { now: () => NOW }, algorithm: 'ecdsa' });
  p = new Publisher(GUN, {
    snapshot: await repositories.key(GUN, 'snapshot'),
    timestamp: await repositories.key(GUN, 'timestamp'),
  });
  await repositories.upload(GUN, upload({ root: p.rootDocument(), targets: p.targetsDocument(1) }));
});

it('an accepted one is a blob of its own', async () => {
  const bytes = p.targetsDocument(2, TAGS);
  expect(bytes.length).toBeGreaterThan(64 * 1024);
  const before = await namesIn('sha256');
  await repositories.upload(GUN, upload({ targets: bytes }));
  const sha256 = (await repositories.current(GUN, TARGETS))?.sha256 ?? '';
  expect((await namesIn('sha256')).filter(name => !before.includes(name))).toContain(sha256);
  expect(await namesIn('drafts')).toEqual([]);
});

it('a refused one is neither a blob nor a draft', async () => {
  const bytes = p.targetsDocument(2, TAGS);
  const broken = Buffer.from(Buffer.from(bytes).toString().replace('"v7"', '"w7"'));
  const before = await namesIn('sha256');
  await expect(repositories.upload(GUN, upload({ targets: broken }))).rejects.toMatchObject({
    code: 'NOTARY_UPDATE',
  });
  expect([await namesIn('sha256'), await namesIn('drafts')]).toEqual([before, []]);
});

it('the same one again keeps the blob that is there', async () => {
  const bytes = p.targetsDocument(2, TAGS);
  await repositories.upload(GUN, upload({ targets: bytes }));
  await expect(repositories.upload(GUN, upload({ targets: bytes }))).rejects.toMatchObject({
    code: 'NOTARY_VERSION',
  });
  expect((await repositories.current(GUN, TARGETS))?.bytes).toEqual(bytes);
  expect(await namesIn('drafts')).toEqual([]);
});
