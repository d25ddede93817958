/** Key files that this program writes, in the hands of the real `notary`; and the other way round. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parsePem } from '../../src/crypto/pem.js';
import { NotaryKeyFolder, openNotaryKey } from '../../src/keystore/notary-key-folder.js';
import { generateNotaryKey, NotaryPrivateKey } from '../../src/keystore/notary-private-key.js';
import { describeWith } from '../support/system.js';
import { temporaryFolder } from './writ-serve.js';

const GUN = 'registry.example/acme/app';
const PHRASE = 'targpass1234';

const notary = (trust: string, args: readonly string[]): string => {
  const env = { PATH: process.env['PATH'], HOME: trust, NOTARY_TARGETS_PASSPHRASE: PHRASE };
  const { status, stdout, stderr } = spawnSync('notary', ['-d', trust, ...args], { env, encoding: 'utf8' });
  expect([args.join(' '), status, stdout + stderr]).toEqual([args.join(' '), 0, stdout + stderr]);
  return stdout;
};

describeWith(['notary'], 'key files and the real notary', () => {
  it.each([
    ['ECDSA', generateNotaryKey],
    [
      'RSA',
      () =>
        Promise.resolve(new NotaryPrivateKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)),
    ],
  ] as const)('notary lists, opens, seals anew and exports an %s key written here', async (_kind, make) => {
    const trust = temporaryFolder();
    const folder = new NotaryKeyFolder(trust);
    const key = await make();
    await folder.save(key, { role: 'targets', gun: GUN }, PHRASE);
    expect(notary(trust, ['key', 'list'])).toContain(key.id);
    const before = readFileSync(join(folder.location, `${key.id}.key`), 'utf8');
    notary(trust, ['key', 'passwd', key.id]); // it opens the key, and seals it under the same pass-phrase
    expect(readFileSync(join(folder.location, `${key.id}.key`), 'utf8')).not.toBe(before);
    expect((await folder.open(key.id, PHRASE)).id).toBe(key.id);
    const [block] = parsePem(notary(trust, ['key', 'export', '--key', key.id]));
    expect(block && openNotaryKey(block, PHRASE).id).toBe(key.id);
  });

  it('opens a key that notary made', async () => {
    const trust = temporaryFolder();
    const [, id = ''] = /keyID: (\w+)/.exec(notary(trust, ['key', 'generate', '-r', 'targets'])) ?? [];
    expect((await new NotaryKeyFolder(trust).open(id, PHRASE)).id).toBe(id);
  });
});
