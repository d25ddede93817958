import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPrivateFile,
  ensureSecret,
  parseSecret,
  readPrivateFile,
} from '../../src/keystore/secret-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-secret-'));
  path = join(folder, 'online-key');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a secret file', () => {
  it('is made on first use, for its owner alone, and read from then on', async () => {
    const made = await ensureSecret(path);
    expect(made).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await ensureSecret(path)).toEqual(made);
    expect(readdirSync(folder)).toEqual(['online-key']);
  });

  it('is one secret even when two processes make it at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureSecret(path)));
    expect(new Set(all.map(bytes => Buffer.from(bytes).toString('hex'))).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['online-key']);
  });

  it.each([0o640, 0o604, 0o660, 0o601])('is refused, not repaired, with mode %o', async mode => {
    await ensureSecret(path);
    chmodSync(path, mode);
    await expect(ensureSecret(path)).rejects.toMatchObject({
      code: 'KEYSTORE_PERMISSIONS',
      message: `the secret file ${path} has mode 0${mode.toString(8)}, others can use it`,
      hint: `run: chmod 600 ${path}`,
    });
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it.each(['', 'zz'.repeat(32), '00'.repeat(31), '00'.repeat(33)])(
    'is refused when it holds %j',
    async content => {
      writeFileSync(path, content, { mode: 0o600 });
      await expect(ensureSecret(path)).rejects.toMatchObject({
        code: 'KEYSTORE_SECRET',
        message: `${path} does not hold 32 bytes in hex`,
      });
    },
  );

  it('is never shown by the message that refuses it', () => {
    expect(() => parseSecret('hunter2', 'WRIT_ONLINE_KEY')).toThrow(
      'WRIT_ONLINE_KEY does not hold 32 bytes in hex',
    );
  });

  it('may be written in hex with white space around it', () => {
    expect(parseSecret(` ${'Ab'.repeat(32)}\r\n`, 'x')).toEqual(new Uint8Array(32).fill(0xab));
  });

  it('is not read through a link', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, '00'.repeat(32), { mode: 0o600 });
    symlinkSync(other, path);
    await expect(readPrivateFile(path)).rejects.toMatchObject({
      code: 'KEYSTORE_SECRET',
      message: `the secret file ${path} cannot be read: it is a link, or a circle of links`,
    });
  });

  it('is read through a link where an operator mounted it so, by the mode of what is behind it', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'x', { mode: 0o600 });
    symlinkSync(other, path);
    expect(await readPrivateFile(path, 'follow')).toEqual(Buffer.from('x'));
    chmodSync(other, 0o644);
    await expect(readPrivateFile(path, 'follow')).rejects.toMatchObject({ code: 'KEYSTORE_PERMISSIONS' });
  });

  it('is no folder', async () => {
    await expect(readPrivateFile(folder)).rejects.toMatchObject({
      code: 'KEYSTORE_SECRET',
      message: `${folder} is not a regular file`,
    });
  });

  it('is no pipe to wait for, and no device', async () => {
    execFileSync('mkfifo', ['-m', '600', path]);
    for (const other of [path, '/dev/zero']) {
      await expect(readPrivateFile(other)).rejects.toMatchObject({
        code: 'KEYSTORE_SECRET',
        message: `${other} is not a regular file`,
      });
    }
  });

  it('is not read when it is endless', async () => {
    writeFileSync(path, 'x'.repeat(64 * 1024 + 1), { mode: 0o600 });
    await expect(readPrivateFile(path)).rejects.toMatchObject({
      code: 'KEYSTORE_SECRET',
      message: `${path} is too long for a secret`,
    });
    writeFileSync(path, 'x'.repeat(64 * 1024));
    expect(await readPrivateFile(path)).toHaveLength(64 * 1024);
  });

  it('is absent when there is none', async () => {
    expect(await readPrivateFile(path)).toBeUndefined();
  });

  it('is never written over', async () => {
    expect(await createPrivateFile(path, 'one')).toBe(true);
    expect(await createPrivateFile(path, 'two')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('one');
  });

  it('cannot be made where a file stands in the way of its folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(createPrivateFile(join(folder, 'file', 'key'), 'x')).rejects.toMatchObject({
      code: 'KEYSTORE_SECRET',
      message: `the secret file ${join(folder, 'file', 'key')} cannot be written: there is a file of that name`,
    });
  });
});
