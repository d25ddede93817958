import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { BlobFolder } from '../../src/storage/blob-folder.js';
import { MAX_BLOB_BYTES } from '../../src/storage/blob-name.js';
import { MemoryBlobs } from '../../src/storage/memory-blobs.js';
import type { BlobStore } from '../../src/storage/ports.js';
import { failureOf, temporaryFolder } from './support.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const nameOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const adapters: [string, (maxBytes?: number) => Promise<BlobStore>][] = [
  ['memory', async maxBytes => new MemoryBlobs(maxBytes)],
  ['a folder', async maxBytes => BlobFolder.open(await temporaryFolder(), maxBytes)],
];

describe.each(adapters)('the contract of blobs: %s', (_, open) => {
  it('gives back what was put, by its hash', async () => {
    const blobs = await open();
    const name = await blobs.put(bytes('hello'));
    expect(name).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    expect(await blobs.get(name)).toStrictEqual(bytes('hello'));
    expect(await blobs.has(name)).toBe(true);
    expect(await blobs.get(await blobs.put(new Uint8Array(0)))).toStrictEqual(new Uint8Array(0));
  });

  it('has null for what is not there', async () => {
    const blobs = await open();
    expect(await blobs.get('0'.repeat(64))).toBeNull();
    expect(await blobs.has('0'.repeat(64))).toBe(false);
    await blobs.delete('0'.repeat(64));
  });

  it('gives parts, and null for what is not all there', async () => {
    const blobs = await open();
    const name = await blobs.put(bytes('hello'));
    expect(await blobs.part(name, 1, 3)).toStrictEqual(bytes('ell'));
    expect(await blobs.part(name, 0, 5)).toStrictEqual(bytes('hello'));
    expect(await blobs.part(name, 5, 0)).toStrictEqual(new Uint8Array(0));
    expect(await blobs.part(name, 1, 5)).toBeNull();
    expect(await blobs.part(name, 9, 1)).toBeNull();
    expect(await blobs.part('0'.repeat(64), 0, 1)).toBeNull();
    await failureOf(blobs.part('../x', 0, 1), 'STORE_KEY');
  });

  it('takes the same bytes again, also at once', async () => {
    const blobs = await open();
    const names = await Promise.all(Array.from({ length: 8 }, () => blobs.put(bytes('same'))));
    expect(new Set(names).size).toBe(1);
    expect(await blobs.get(names[0]!)).toStrictEqual(bytes('same'));
  });

  it('deletes, and takes the blob again', async () => {
    const blobs = await open();
    const name = await blobs.put(bytes('x'));
    await blobs.delete(name);
    expect(await blobs.get(name)).toBeNull();
    await blobs.put(bytes('x'));
    expect(await blobs.has(name)).toBe(true);
  });

  it('cannot be changed through bytes that went in or came out', async () => {
    const blobs = await open();
    const input = bytes('abc');
    const putting = blobs.put(input);
    input.fill(0);
    const name = await putting;
    expect(name).toBe(nameOf(bytes('abc')));
    (await blobs.get(name))?.fill(0);
    expect(await blobs.get(name)).toStrictEqual(bytes('abc'));
  });

  it('refuses names that are no hash: they could be paths', async () => {
    const blobs = await open();
    for (const name of [
      '',
      '../x',
      'A'.repeat(64),
      'a'.repeat(63),
      `${'a'.repeat(64)}\n`,
      `../${'a'.repeat(61)}`,
    ]) {
      await failureOf(blobs.get(name), 'STORE_KEY');
      await failureOf(blobs.has(name), 'STORE_KEY');
      await failureOf(blobs.delete(name), 'STORE_KEY');
    }
  });

  it('has what was begun once it is kept, and never what was dropped', async () => {
    const blobs = await open();
    const [kept, dropped] = await Promise.all([blobs.begin(bytes('kept')), blobs.begin(bytes('dropped'))]);
    const name = nameOf(bytes('kept'));
    expect(await blobs.has(name)).toBe(false);
    expect(await Promise.all([kept.keep(), dropped.drop()])).toEqual([name, undefined]);
    expect(await blobs.get(name)).toStrictEqual(bytes('kept'));
    expect(await blobs.has(nameOf(bytes('dropped')))).toBe(false);
    const [again, none] = await Promise.all([blobs.begin(bytes('kept')), blobs.begin(new Uint8Array(0))]);
    await again.drop();
    expect(await blobs.get(name)).toStrictEqual(bytes('kept'));
    expect(await blobs.get(await none.keep())).toStrictEqual(new Uint8Array(0));
  });

  it('is bounded', async () => {
    const blobs = await open(4);
    await failureOf(blobs.begin(bytes('fives')), 'STORE_SIZE');
    await blobs.put(bytes('four'));
    const error = await failureOf(blobs.put(bytes('fives')), 'STORE_SIZE');
    expect(error.message).toBe('a blob of 5 bytes is larger than 4');
    expect(MAX_BLOB_BYTES).toBe(16 * 1024 * 1024);
  });
});

describe('blobs in a folder', () => {
  let root: string;
  let blobs: BlobFolder;
  beforeEach(async () => {
    root = await temporaryFolder();
    blobs = await BlobFolder.open(root);
  });
  const pathOf = (name: string): string => join(root, 'blobs', 'sha256', name.slice(0, 2), name);
  const drafts = (): Promise<string[]> => readdir(join(root, 'blobs', 'drafts'));

  it('are files named by their hash, mode 0600, and there when it is opened again', async () => {
    const name = await blobs.put(bytes('hello'));
    expect(await readFile(pathOf(name), 'utf8')).toBe('hello');
    expect((await stat(pathOf(name))).mode & 0o777).toBe(0o600);
    expect(await drafts()).toStrictEqual([]);
    expect(await (await BlobFolder.open(root)).get(name)).toStrictEqual(bytes('hello'));
  });

  it('leave nothing behind that was not kept, nor that could not be', async () => {
    const [dropped, lost] = await Promise.all([blobs.begin(bytes('dropped')), blobs.begin(bytes('lost'))]);
    expect((await drafts()).length).toBe(2);
    await dropped.drop();
    await rm(dirname(pathOf(nameOf(bytes('lost')))), { recursive: true });
    await failureOf(lost.keep(), 'STORE_IO');
    expect(await drafts()).toStrictEqual([]);
    await rm(join(root, 'blobs', 'drafts'), { recursive: true });
    await failureOf(blobs.begin(bytes('none')), 'STORE_IO');
  });

  it('that are damaged are mended by what was begun and kept', async () => {
    const name = await blobs.put(bytes('hello'));
    await writeFile(pathOf(name), 'hell');
    await (await blobs.begin(bytes('hello'))).keep();
    expect(await blobs.get(name)).toStrictEqual(bytes('hello'));
  });

  it.each(['hellO', 'hell', 'hello!', ''])(
    'that were changed to %j are corrupt, until they are put again',
    async text => {
      const name = await blobs.put(bytes('hello'));
      await writeFile(pathOf(name), text);
      const error = await failureOf(blobs.get(name), 'STORE_CORRUPT');
      expect(error.message).toBe(`the blob ${pathOf(name)} does not have the hash that it is named by`);
      await blobs.put(bytes('hello'));
      expect(await blobs.get(name)).toStrictEqual(bytes('hello'));
    },
  );

  it('that grew beyond the limit are not read', async () => {
    const small = await BlobFolder.open(root, 8);
    const name = await small.put(bytes('12345678'));
    await writeFile(pathOf(name), '123456789');
    await failureOf(small.get(name), 'STORE_SIZE');
  });

  it('that are links are not followed', async () => {
    const name = nameOf(bytes('hello'));
    await writeFile(join(root, 'elsewhere'), 'hello');
    await symlink(join(root, 'elsewhere'), pathOf(name));
    await failureOf(blobs.get(name), 'STORE_IO');
  });

  it('are not written when the folder is gone', async () => {
    await rm(join(root, 'blobs', 'drafts'), { recursive: true });
    const error = await failureOf(blobs.put(bytes('x')), 'STORE_IO');
    expect(error.message).toContain('ENOENT');
    expect(await blobs.has(nameOf(bytes('x')))).toBe(false);
  });

  it('leave drafts when a process dies, which go after an hour', async () => {
    const old = join(root, 'blobs', 'drafts', '.draft-old');
    const young = join(root, 'blobs', 'drafts', '.draft-young');
    await writeFile(old, 'x');
    await writeFile(young, 'x');
    const before = new Date(Date.now() - 61 * 60 * 1000);
    await utimes(old, before, before);
    await BlobFolder.open(root);
    expect(await drafts()).toStrictEqual(['.draft-young']);
  });

  it('are refused in a folder that everybody can write', async () => {
    await chmod(join(root, 'blobs', 'sha256'), 0o777);
    const error = await failureOf(BlobFolder.open(root), 'STORE_PERMISSIONS');
    expect(error.message).toBe(
      `the folder ${join(root, 'blobs', 'sha256')} has mode 0777, others can use it`,
    );
  });

  it('are refused where a file stands in the way', async () => {
    const other = await temporaryFolder();
    await mkdir(join(other, 'blobs'));
    await writeFile(join(other, 'blobs', 'sha256'), 'x');
    await failureOf(BlobFolder.open(other), 'STORE_IO');
  });
});
