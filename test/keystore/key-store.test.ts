import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyStore } from '../../src/keystore/key-store.js';
import { generateKey, type PrivateKey } from '../../src/keystore/private-key.js';
import { SNAPSHOT, TARGETS } from '../../src/tuf/role-name.js';
import { failureOf, temporaryFolder } from '../storage/support.js';
import { CHEAP, payloadOf } from './support.js';

let a: PrivateKey;
let b: PrivateKey;
let dir: string;
let store: KeyStore;
beforeAll(async () => {
  a = await generateKey('ed25519');
  b = await generateKey('ecdsa-sha2-nistp256');
});
beforeEach(async () => {
  dir = join(await temporaryFolder(), 'keys');
  store = await KeyStore.open(dir);
});
const idOf = (key: PrivateKey): string => key.publicKey.id;
const pathOf = (key: PrivateKey): string => join(dir, `${idOf(key)}.key`);
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));

describe('a key store', () => {
  it('lists what it has, oldest first, without a pass-phrase', async () => {
    expect(await store.list()).toStrictEqual([]);
    await store.add(b, 'pw', { cost: CHEAP, created: day(2) });
    await store.add(a, 'pw', { cost: CHEAP, created: day(1), role: TARGETS, repository: 'acme' });
    expect(await store.list()).toMatchObject([
      { publicKey: { id: idOf(a), scheme: 'ed25519' }, role: 'targets', repository: 'acme', created: day(1) },
      { publicKey: { id: idOf(b), scheme: 'ecdsa-sha2-nistp256' }, created: day(2) },
    ]);
    expect((await store.info(idOf(b))).role).toBeUndefined();
  });

  it('opens a key and signs with it, for its role alone', async () => {
    await store.add(a, 'pw', { cost: CHEAP, role: TARGETS });
    expect((await store.load(idOf(a), 'pw')).privateKey.publicKey.id).toBe(idOf(a));
    const signer = await store.signer(idOf(a), 'pw');
    const payload = payloadOf('targets');
    expect(a.publicKey.verify(payload, await signer.sign(TARGETS, payload))).toBe(true);
    await failureOf(signer.sign(SNAPSHOT, payloadOf('snapshot')), 'KEYSTORE_REFUSED');
    await failureOf(store.load(idOf(a), 'wrong'), 'KEYSTORE_PASSPHRASE');
  });

  it('writes files of mode 0600 in a folder of mode 0700, and leaves no draft', async () => {
    await store.add(a, 'pw', { cost: CHEAP });
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(pathOf(a))).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toStrictEqual([`${idOf(a)}.key`]);
  });

  it('never overwrites a key, also when two add it at once', async () => {
    const outcomes = await Promise.allSettled([
      store.add(a, 'one', { cost: CHEAP }),
      store.add(a, 'two', { cost: CHEAP }),
    ]);
    expect(outcomes.map(outcome => outcome.status).sort()).toStrictEqual(['fulfilled', 'rejected']);
    const before = await readFile(pathOf(a));
    const error = await failureOf(store.add(a, 'three', { cost: CHEAP }), 'KEYSTORE_EXISTS');
    expect(error.message).toBe(`the key store ${dir} has the key ${idOf(a)} already`);
    expect(await readFile(pathOf(a))).toStrictEqual(before);
    expect(await readdir(dir)).toHaveLength(1);
  });

  it('exports the sealed file as it is', async () => {
    await store.add(a, 'pw', { cost: CHEAP });
    expect(Buffer.from(await store.exportSealed(idOf(a)))).toStrictEqual(await readFile(pathOf(a)));
  });

  it('says which key it does not have; an id is never a path', async () => {
    await writeFile(join(dir, '..', 'x.key'), 'x', { mode: 0o600 });
    for (const id of [idOf(a), '../x', '', idOf(a).toUpperCase()]) {
      await failureOf(store.load(id, 'pw'), 'KEYSTORE_NOT_FOUND');
      await failureOf(store.info(id), 'KEYSTORE_NOT_FOUND');
    }
  });
});

describe('attacks on a key store', () => {
  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o777])(
    'a file of mode %o is refused, and not repaired',
    async mode => {
      await store.add(a, 'pw', { cost: CHEAP });
      await chmod(pathOf(a), mode);
      await failureOf(store.load(idOf(a), 'pw'), 'KEYSTORE_PERMISSIONS');
      await failureOf(store.list(), 'KEYSTORE_PERMISSIONS');
      expect((await stat(pathOf(a))).mode & 0o777).toBe(mode);
    },
  );

  it.each([0o750, 0o705, 0o770, 0o701])('a folder of mode %o is refused, and not repaired', async mode => {
    await chmod(dir, mode);
    const error = await failureOf(KeyStore.open(dir), 'KEYSTORE_PERMISSIONS');
    expect(error.message).toBe(`the key folder ${dir} has mode 0${mode.toString(8)}, others can use it`);
    expect((await stat(dir)).mode & 0o777).toBe(mode);
  });

  it('a link in the place of a key is not followed', async () => {
    await writeFile(join(dir, 'elsewhere'), 'x', { mode: 0o600 });
    await symlink(join(dir, 'elsewhere'), pathOf(a));
    await failureOf(store.load(idOf(a), 'pw'), 'KEYSTORE_SECRET');
  });

  it('a key under the name of another is refused', async () => {
    await store.add(a, 'pw', { cost: CHEAP });
    await rename(pathOf(a), pathOf(b));
    await failureOf(store.info(idOf(b)), 'KEYSTORE_FORMAT');
    await failureOf(store.load(idOf(b), 'pw'), 'KEYSTORE_FORMAT');
  });

  it('a damaged file is named, not skipped', async () => {
    await store.add(a, 'pw', { cost: CHEAP });
    await writeFile(pathOf(b), '{}', { mode: 0o600 });
    expect((await failureOf(store.list(), 'KEYSTORE_FORMAT')).message).toContain(pathOf(b));
  });

  it('a store that cannot be made, read or written says so', async () => {
    await writeFile(join(dir, 'file'), 'x');
    await failureOf(KeyStore.open(join(dir, 'file')), 'KEYSTORE_IO');
    const gone = await KeyStore.open(join(dir, 'gone'));
    await rename(join(dir, 'gone'), join(dir, 'moved'));
    await failureOf(gone.list(), 'KEYSTORE_IO');
    await mkdir(join(dir, 'gone'));
  });
});
