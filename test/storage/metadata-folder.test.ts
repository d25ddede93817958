import { readdir, readFile, writeFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import fc from '../support/property.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { MetadataFolder, metadataFile, repositoryFolder } from '../../src/storage/metadata-folder.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../src/tuf/role-name.js';
import { bundleFixture, failureOf, runNode, temporaryFolder } from './support.js';

const document = (version: number, filler = ''): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ signatures: [], signed: { version, filler } }));

describe('a metadata folder', () => {
  let dir: string;
  let folder: MetadataFolder;
  beforeEach(async () => {
    dir = await temporaryFolder();
    folder = await MetadataFolder.open(dir);
  });

  it('gives back what was saved, byte for byte, in a file of the name of the role', async () => {
    expect(await folder.load(ROOT)).toBeNull();
    await folder.save(ROOT, document(1));
    expect(await folder.load(ROOT)).toStrictEqual(document(1));
    expect(new Uint8Array(await readFile(join(dir, 'root.json')))).toStrictEqual(document(1));
    expect(await (await MetadataFolder.open(dir)).load(ROOT)).toStrictEqual(document(1));
  });

  it('removes, also what is not there', async () => {
    await folder.remove(ROOT);
    await folder.save(ROOT, document(1));
    await folder.remove(ROOT);
    expect(await folder.load(ROOT)).toBeNull();
  });

  it.each([ROOT, TIMESTAMP, SNAPSHOT])('never goes back: %s', async role => {
    await folder.save(role, document(2));
    await folder.save(role, document(1));
    expect(await folder.load(role)).toStrictEqual(document(2));
    await folder.save(role, document(2, 'signed again'));
    expect(await folder.load(role)).toStrictEqual(document(2, 'signed again'));
    await folder.save(role, document(3));
    expect(await folder.load(role)).toStrictEqual(document(3));
    await folder.remove(role); // recovery from a fast-forward attack
    await folder.save(role, document(1));
    expect(await folder.load(role)).toStrictEqual(document(1));
  });

  it('lets targets go back: the snapshot says which version counts', async () => {
    for (const role of [TARGETS, parseRoleName('team')]) {
      await folder.save(role, document(2));
      await folder.save(role, document(1));
      expect(await folder.load(role)).toStrictEqual(document(1));
    }
  });

  it('replaces a file that is no metadata', async () => {
    await writeFile(join(dir, 'root.json'), 'torn');
    await folder.save(ROOT, document(1));
    expect(await folder.load(ROOT)).toStrictEqual(document(1));
    await folder.save(TIMESTAMP, new Uint8Array([1, 2]));
    expect(await folder.load(TIMESTAMP)).toStrictEqual(new Uint8Array([1, 2]));
  });

  it('sweeps the drafts that crashes left', async () => {
    await writeFile(join(dir, '.draft-1'), 'x');
    await folder.save(ROOT, document(1));
    expect((await readdir(dir)).sort()).toStrictEqual(['.lock', 'root.json']);
  });

  it('attack: symbolic links: a link in the place of a file is not followed', async () => {
    await writeFile(join(dir, 'x'), 'x');
    await symlink(join(dir, 'x'), join(dir, 'root.json'));
    await failureOf(folder.load(ROOT), 'STORE_IO');
  });

  it('serves many processes at once: no file is torn, no version goes back', async () => {
    const saver = await bundleFixture('metadata-saver');
    const children = [1, 2, 3, 4].map(first => runNode(saver, dir, String(first), '4', '15'));
    for (const child of children) expect(await child.ended).toStrictEqual({ code: 0, signal: null });
    const bytes = await folder.load(TIMESTAMP);
    const last = JSON.parse(Buffer.from(bytes ?? []).toString()) as { signed: { version: number } };
    expect(last.signed.version).toBe(60);
    expect((await readdir(dir)).sort()).toStrictEqual(['.lock', 'timestamp.json']);
    expect(await readdir(join(dir, '.lock'))).toStrictEqual([]);
  });
});

describe('names of files', () => {
  it.each([
    ['root', 'root.json'],
    ['../x', '%2E.%2Fx.json'],
    ['a/b', 'a%2Fb.json'],
    ['..', '%2E..json'],
    ['.lock', '%2Elock.json'],
    ['/etc/passwd', '%2Fetc%2Fpasswd.json'],
    ['%2e', '%252e.json'],
    ["it's (*)~!", 'it%27s%20%28%2A%29%7E%21.json'],
  ])('%s is %s', (role, file) => {
    expect(metadataFile(parseRoleName(role))).toBe(file);
  });

  it('attack: path traversal: names of roles stay in the folder, differ for different roles, and fit a file system', () => {
    const unit = fc.oneof(
      fc.constantFrom('/', '.', '%', '\\', '~'),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    );
    const names = fc.string({ minLength: 1, maxLength: 256, unit }).filter(name => {
      try {
        return parseRoleName(name) === name;
      } catch {
        return false;
      }
    });
    fc.assert(
      fc.property(names, names, (a, b) => {
        const [file, other] = [metadataFile(parseRoleName(a)), metadataFile(parseRoleName(b))];
        expect(basename(file)).toBe(file);
        expect(Buffer.byteLength(file)).toBeLessThanOrEqual(255);
        expect(file.startsWith('.')).toBe(false);
        expect(file === other).toBe(a === b);
      }),
    );
  });

  it('attack: very long names of roles are hashes that no other role can have', () => {
    const long = metadataFile(parseRoleName('é'.repeat(200)));
    expect(long).toMatch(/^%sha256-[0-9a-f]{64}\.json$/);
    expect(metadataFile(parseRoleName(long.slice(0, -5)))).not.toBe(long);
    expect(metadataFile(parseRoleName('x'.repeat(240)))).toBe(`${'x'.repeat(240)}.json`);
    expect(metadataFile(parseRoleName('x'.repeat(241)))).toMatch(/^%sha256-/);
  });

  it('attack: path traversal: names of repositories stay under the root (CVE-2026-24686)', () => {
    for (const name of ['..', '.', '../x', 'a/b', '/etc', 'x'.repeat(999)]) {
      expect(dirname(repositoryFolder('/root', name))).toBe('/root');
    }
    expect(repositoryFolder('/root', 'acme')).toBe('/root/acme');
    expect(() => repositoryFolder('/root', '')).toThrow('a repository must have a name to have a folder');
  });
});
