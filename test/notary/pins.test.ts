/** The record of the Notary repositories that are trusted, and by what. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { NotaryPins, pinnedRoot, type NotaryPin } from '../../src/notary/pins.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { Made } from './made-server.js';
import { GUN, temporary } from './client.js';

const SERVER = 'https://notary.example:4443';
const ID = 'a'.repeat(64);
let pins: NotaryPins;

const byKeys = (name: string, ...ids: string[]): NotaryPin => ({
  name,
  server: SERVER,
  trust: { kind: 'keys', ids },
});

async function byRoot(): Promise<NotaryPin> {
  const root = await new Made().serve().get('root');
  if (root === null) throw new Error('there is no root');
  return { name: GUN, server: SERVER, trust: { kind: 'root', root } };
}

beforeEach(() => {
  pins = new NotaryPins(join(temporary(), 'pins'));
});

describe('a pin', () => {
  it('is read back as it was added, root, authority and server included', async () => {
    const root = await byRoot();
    const many: NotaryPin = {
      name: 'registry.example.test/other/*',
      server: SERVER,
      trust: { kind: 'authority', pem: Buffer.from('authority') },
      keys: '/home/me/.docker/trust',
      serverCa: Buffer.from('who vouches'),
    };
    await pins.add(many);
    await pins.add(root);
    await pins.add(root);
    expect((await pins.list()).map(({ name }) => name)).toEqual([GUN, many.name]);
    expect(await pins.find(many.name)).toEqual({
      ...many,
      trust: { kind: 'authority', pem: new Uint8Array(Buffer.from('authority')) },
      serverCa: new Uint8Array(Buffer.from('who vouches')),
    });
    const found = await pins.find(GUN);
    expect(found && pinnedRoot(found)?.version).toBe(1);
  });

  it('does not become another one', async () => {
    await pins.add(byKeys(GUN, ID));
    await expect(pins.add(byKeys(GUN, 'b'.repeat(64)))).rejects.toMatchObject({ code: 'TRUST_PINNED' });
    await expect(pins.add(await byRoot())).rejects.toMatchObject({ code: 'TRUST_PINNED' });
    await expect(pins.add({ ...byKeys(GUN, ID), server: 'https://elsewhere.example' })).rejects.toMatchObject(
      {
        code: 'TRUST_PINNED',
      },
    );
  });

  it('goes, with what was verified from it', async () => {
    await pins.add(byKeys(GUN, ID));
    writeFileSync(join(pins.folderOf(GUN), 'kept'), '');
    expect(await pins.remove(GUN)).toBe(true);
    expect([readdirSync(pins.dir), await pins.remove(GUN)]).toEqual([[], false]);
  });

  it('that was exchanged on disk is damaged', async () => {
    await pins.add(await byRoot());
    const file = join(pins.folderOf(GUN), 'pin.root.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version":1', '"version":2'));
    await expect(pins.find(GUN)).rejects.toMatchObject({ code: 'TRUST_PIN' });
    await expect(pins.list()).rejects.toMatchObject({ code: 'TRUST_PIN' });
  });

  it.each([
    ['registry.example/acme*', 'NOTARY_GUN'],
    ['registry.example/*/app', 'NOTARY_GUN'],
    ['', 'NOTARY_GUN'],
  ])('of %j is refused', async (name, code) => {
    await expect(pins.add(byKeys(name, ID))).rejects.toMatchObject({ code });
  });

  it('of many repositories is no root', async () => {
    await expect(pins.add({ ...(await byRoot()), name: 'registry.example/*' })).rejects.toMatchObject({
      code: 'NOTARY_ROOT',
    });
  });
});

describe('the pin that is for a repository', () => {
  beforeEach(async () => {
    await pins.add(byKeys('registry.example/*', '1'.repeat(64)));
    await pins.add(byKeys('registry.example/acme/*', '2'.repeat(64)));
    await pins.add(byKeys('registry.example/acme/app', '3'.repeat(64)));
  });

  it.each([
    ['registry.example/acme/app', 'registry.example/acme/app'],
    ['registry.example/acme/app-2', 'registry.example/acme/*'],
    ['registry.example/acme/a/b', 'registry.example/acme/*'],
    ['registry.example/acmeevil/app', 'registry.example/*'],
    ['registry.example/acme/', 'registry.example/*'],
    ['registry.example.evil/acme/app', undefined],
  ])('%s: %s', async (gun, name) => {
    expect((await pins.findFor(gun))?.name).toBe(name);
  });

  it('says whose keys the first root must have, and never takes what comes first', async () => {
    const gun = parseGun('registry.example/acme/other');
    const pin = await pins.findFor(gun);
    expect(pin && pins.pinningFor(pin, gun)).toEqual({
      certs: new Map([[gun, ['2'.repeat(64)]]]),
      ca: new Map(),
      disableTofu: true,
    });
  });
});
