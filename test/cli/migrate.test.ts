import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { signerPassphrases } from '../../src/cli/migrate/passphrases.js';
import { openMigration } from '../../src/server/migration.js';
import { run, type Ran } from './support.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-migrate-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
});

const file = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
  return join(folder, name);
};

const startServer = (): never => {
  throw new Error('not wanted');
};
const writ = (...words: string[]): Promise<Ran> =>
  run([...words, '--data', join(folder, 'data')], { env: { HOME: folder } }, { startServer, openMigration });

const EMPTY = '-- PostgreSQL database dump\n-- PostgreSQL database dump complete\n';

describe('writ migrate', () => {
  it('wants databases or a server, one of both', async () => {
    for (const words of [[], ['--server-db', 'a', '--from', 'https://b.example']]) {
      expect(await writ('migrate', ...words)).toMatchObject({ code: 2, stdout: '' });
    }
  });

  it('takes nothing from empty databases, and says so', async () => {
    const { code, stdout } = await writ('migrate', '--server-db', file('server.sql', EMPTY), '--json');
    expect({ code, report: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      report: {
        repositories: [],
        keys: { imported: 0, leftOut: [] },
        changes: { imported: 0, sameIds: true, leftOut: [] },
        deletedThere: [],
      },
    });
  });

  it('leaves names out that cannot be one, exit 1', async () => {
    const row = `INSERT INTO tuf_files (gun, role, version, data) VALUES ('a*b', 'root', 1, '\\x7b7d');\n`;
    const dump = file('server.sql', EMPTY.replace('\n', `\n${row}`));
    const { code, stdout, stderr } = await writ('migrate', '--server-db', dump);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^repositories +0, 1 left out$/m);
    expect(stderr).toMatch(/a\*b was left out/);
  });

  it('is refused while the data folder is in use', async () => {
    const { config } = await import('../../src/config/load.js').then(({ loadConfig }) =>
      loadConfig({ flags: { data: join(folder, 'data') }, env: { HOME: folder } }),
    );
    const open = await openMigration(config, { env: {}, clock: { now: () => new Date() } });
    onTestFinished(() => open.close());
    const { code, stdout } = await writ('migrate', '--server-db', file('server.sql', EMPTY), '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('STORE_LOCKED') as string });
  });
});

describe('the pass-phrases of notary-signer', () => {
  it('come from a file of their owner, else from its own variables', async () => {
    const path = file('phrases', 'timestamp_1=one two\n\nNOTARY_SIGNER_OTHER=a=b\n');
    const of = await signerPassphrases(path, {
      NOTARY_SIGNER_TIMESTAMP_1: 'not this',
      NOTARY_SIGNER_THIRD: 'three',
    });
    expect(['Timestamp_1', 'other', 'third', 'fourth'].map(of)).toEqual([
      'one two',
      'a=b',
      'three',
      undefined,
    ]);
  });

  it('are refused from a file that others can read, or that holds something else', async () => {
    await expect(signerPassphrases(file('open', 'a=b\n', 0o644), {})).rejects.toMatchObject({
      code: 'CLI_PASSPHRASE',
    });
    await expect(signerPassphrases(file('odd', 'secret\n'), {})).rejects.toMatchObject({
      code: 'CLI_PASSPHRASE',
      message: expect.not.stringContaining('secret') as string,
    });
  });
});
