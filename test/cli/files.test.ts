import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { readInput, readInputFile, writeOutputFile } from '../../src/cli/files.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-files-'));
const at = (name: string): string => join(folder, name);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('readInput', () => {
  it('reads up to the limit and refuses one byte more', async () => {
    writeFileSync(at('ten'), '0123456789');
    expect(Buffer.from(await readInputFile(at('ten'), 10)).toString()).toBe('0123456789');
    await expect(readInputFile(at('ten'), 9)).rejects.toMatchObject({
      code: 'CLI_FILE',
      message: `cannot read ${at('ten')}: it has more than 9 bytes`,
    });
  });

  it('reads - from standard input, as bounded', async () => {
    const stdin = (): Readable => Readable.from([Buffer.from('01234'), Buffer.from('56789')]);
    expect(Buffer.from(await readInput('-', 10, stdin())).toString()).toBe('0123456789');
    await expect(readInput('-', 9, stdin())).rejects.toMatchObject({
      code: 'CLI_FILE',
      message: 'standard input has more than 9 bytes',
    });
  });

  it('says why a file cannot be read', async () => {
    await expect(readInputFile(at('none'), 9)).rejects.toThrow(
      `cannot read ${at('none')}: there is no such file or folder`,
    );
    await expect(readInputFile(folder, 9)).rejects.toThrow(`cannot read ${folder}: it is a folder`);
    await expect(readInputFile('/proc/self/mem', 9)).rejects.toThrow('cannot read /proc/self/mem: EIO');
  });

  it('does not read what never ends', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await expect(readInputFile(at('pipe'), 4096)).rejects.toThrow(
      `cannot read ${at('pipe')}: it is not a regular file`,
    );
    await expect(readInputFile('/dev/zero', 4096)).rejects.toThrow(
      'cannot read /dev/zero: it is not a regular file',
    );
  });
});

describe('writeOutputFile', () => {
  it('replaces a file whole, with the mode asked for, and leaves nothing else', async () => {
    writeFileSync(at('out'), 'old');
    await writeOutputFile(at('out'), Buffer.from('new'), 0o600);
    expect(readFileSync(at('out'), 'utf8')).toBe('new');
    expect(statSync(at('out')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter(name => name.includes('tmp'))).toEqual([]);
  });

  it('leaves nothing when it fails', async () => {
    await expect(writeOutputFile(at('none/out'), Buffer.from('x'))).rejects.toMatchObject({
      code: 'CLI_FILE',
      message: `cannot write ${at('none/out')}: there is no such file or folder`,
    });
    await expect(writeOutputFile(folder, Buffer.from('x'))).rejects.toThrow(
      `cannot write ${folder}: it is a folder`,
    );
    expect(readdirSync(join(folder, '..')).filter(name => name.startsWith(`${basename(folder)}.`))).toEqual(
      [],
    );
  });

  it('writes into a device as it is', async () => {
    await writeOutputFile('/dev/null', Buffer.from('x'));
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
