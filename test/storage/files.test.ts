import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../src/errors.js';
import { storeFailure } from '../../src/storage/failure.js';
import {
  atomicWriteFile,
  ensureDataDir,
  ensurePrivateDir,
  readWholeFile,
  removeDrafts,
} from '../../src/storage/files.js';
import { failureOf, temporaryFolder } from './support.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('atomicWriteFile', () => {
  it('puts the whole file in place, with exactly the mode', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'f');
    await atomicWriteFile(path, bytes('one'));
    expect(await modeOf(path)).toBe(0o600);
    await atomicWriteFile(path, bytes('two'), 0o666);
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await modeOf(path)).toBe(0o666);
    expect(await readdir(dir)).toStrictEqual(['f']);
  });

  it('leaves the old file and no draft when it fails', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'f'));
    await writeFile(join(dir, 'f', 'x'), 'x');
    const error = await failureOf(atomicWriteFile(join(dir, 'f'), bytes('one')), 'STORE_IO');
    expect(error.message).toBe(`the file ${join(dir, 'f')} cannot be written: EISDIR`);
    expect(await readdir(dir)).toStrictEqual(['f']);
    await failureOf(atomicWriteFile(join(dir, 'none', 'f'), bytes('one')), 'STORE_IO');
  });

  it('is whole for readers at every moment', async () => {
    const path = join(await temporaryFolder(), 'f');
    await atomicWriteFile(path, bytes('a'.repeat(50_000)));
    const write = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await atomicWriteFile(path, bytes('ab'[i % 2]!.repeat(50_000)));
    };
    let done = false;
    const writing = write().finally(() => {
      done = true;
    });
    while (!done) expect(await readFile(path, 'utf8')).toMatch(/^(a{50000}|b{50000})$/);
    await writing;
  });
});

describe('readWholeFile', () => {
  it('gives the bytes, null when there are none, and refuses more than asked for', async () => {
    const path = join(await temporaryFolder(), 'f');
    expect(await readWholeFile(path, 3)).toBeNull();
    await writeFile(path, 'abc');
    expect(await readWholeFile(path, 3)).toStrictEqual(bytes('abc'));
    await failureOf(readWholeFile(path, 2), 'STORE_SIZE');
  });

  it('neither waits for a pipe nor reads a device, a folder or a link', async () => {
    const dir = await temporaryFolder();
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    await symlink('/dev/zero', join(dir, 'link'));
    for (const path of [join(dir, 'pipe'), '/dev/zero', dir]) {
      const error = await failureOf(readWholeFile(path, 3), 'STORE_IO');
      expect(error.message).toBe(`the file ${path} cannot be read: it is not a regular file`);
    }
    await failureOf(readWholeFile(join(dir, 'link'), 3), 'STORE_IO');
  });
});

describe('removeDrafts', () => {
  it('removes what crashes left, and nothing else', async () => {
    const dir = await temporaryFolder();
    for (const name of ['.draft-1', 'draft-2', 'f.draft-']) await writeFile(join(dir, name), 'x');
    await removeDrafts(dir);
    expect((await readdir(dir)).sort()).toStrictEqual(['draft-2', 'f.draft-']);
  });
});

describe('folders', () => {
  it('are made with mode 0700, with those above', async () => {
    const path = join(await temporaryFolder(), 'a', 'b');
    await ensurePrivateDir(path);
    await ensurePrivateDir(path);
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(join(path, '..'))).toBe(0o700);
    await ensureDataDir(join(path, 'c'));
    expect(await modeOf(join(path, 'c'))).toBe(0o700);
  });

  it('for secrets are refused when anybody else can use them, and not repaired', async () => {
    const path = await temporaryFolder();
    for (const mode of [0o750, 0o710, 0o705, 0o701, 0o777]) {
      await chmod(path, mode);
      const error = await failureOf(ensurePrivateDir(path), 'STORE_PERMISSIONS');
      expect(error.hint).toBe(`run: chmod 700 ${path}`);
      expect(await modeOf(path)).toBe(mode);
    }
  });

  it('for data may be read by others and written by the group, not by everybody', async () => {
    const path = await temporaryFolder();
    for (const mode of [0o755, 0o775, 0o700]) {
      await chmod(path, mode);
      await ensureDataDir(path);
    }
    await chmod(path, 0o702);
    await failureOf(ensureDataDir(path), 'STORE_PERMISSIONS');
  });

  it('are refused where a file stands', async () => {
    const path = join(await temporaryFolder(), 'f');
    await writeFile(path, 'x');
    await failureOf(ensurePrivateDir(path), 'STORE_IO');
  });
});

describe('failures of the file system', () => {
  const failure = (code: string): Error => Object.assign(new Error('no'), { code });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('%s means full', code => {
    const error = storeFailure(failure(code), 'the file x cannot be written');
    expect(error.code).toBe('STORE_FULL');
    expect(error.message).toBe(`the file x cannot be written: ${code}`);
    expect(error.status).toBe(507);
  });

  it('others are STORE_IO, and errors of writ stay what they are', () => {
    expect(storeFailure(failure('EIO'), 'x')).toMatchObject({ code: 'STORE_IO', message: 'x: EIO' });
    expect(storeFailure(new Error('odd'), 'x')).toMatchObject({ code: 'STORE_IO', message: 'x: odd' });
    expect(storeFailure('odd', 'x').message).toBe('x: odd');
    const own = new WritError('STORE_CORRUPT', 'y');
    expect(storeFailure(own, 'x')).toBe(own);
  });
});
