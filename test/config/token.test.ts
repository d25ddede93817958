import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { formatAddress, parseAddress } from '../../src/config/address.js';
import { readToken } from '../../src/config/token.js';

let folder: string;
let tokenFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-token-'));
  tokenFile = join(folder, 'token');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (text: string, mode = 0o600): void => {
  writeFileSync(tokenFile, text);
  chmodSync(tokenFile, mode);
};
const read = () => readToken({ token: undefined, tokenFile });

describe('readToken', () => {
  it('prefers the variable, then the file, then none', async () => {
    write('from-file\n');
    expect(await readToken({ token: 'from-env', tokenFile })).toBe('from-env');
    expect(await read()).toBe('from-file');
    expect(await readToken({ token: undefined, tokenFile: undefined })).toBeUndefined();
  });

  it.each([0o640, 0o604, 0o610, 0o601, 0o622])('refuses mode %o', async mode => {
    write('secret', mode);
    await expect(read()).rejects.toMatchObject({
      code: 'CONFIG_TOKEN',
      message: `${tokenFile} can be read by others: its mode is ${mode.toString(8)}`,
    });
  });

  it.each(['', ' \n', 'two words', 'line\nline', 'sécret', 'x'.repeat(4097)])(
    'refuses the content %j',
    async text => {
      write(text);
      const failure: unknown = await read().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'CONFIG_TOKEN',
        message: `${tokenFile} does not hold one token of printable ASCII`,
      });
    },
  );

  it('does not wait for a pipe', async () => {
    execFileSync('mkfifo', ['-m', '600', tokenFile]);
    await expect(read()).rejects.toMatchObject({
      code: 'CONFIG_TOKEN',
      message: `${tokenFile} cannot be read: it is not a regular file`,
    });
  });

  it('refuses what is missing, too large, or no file', async () => {
    await expect(read()).rejects.toMatchObject({
      code: 'CONFIG_TOKEN',
      message: `${tokenFile} cannot be read: there is no such file or folder`,
    });
    write('x'.repeat(8193));
    await expect(read()).rejects.toMatchObject({
      message: `${tokenFile} cannot be read: it has more than 8192 bytes`,
    });
    await expect(readToken({ token: undefined, tokenFile: folder })).rejects.toMatchObject({
      message: `${folder} cannot be read: it is a folder`,
    });
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1:4443', { host: '127.0.0.1', port: 4443 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['writ.example:65535', { host: 'writ.example', port: 65535 }],
  ])('%s there and back', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  it.each(['', 'host', ':80', 'host:', 'host:65536', '::1:80', '[::1]', 'a b:1', 'host:1x', 'host:-1'])(
    'refuses %j',
    text => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
