import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeSource, PinStore } from '../../src/trust/pins.js';
import { ed25519 } from '../crypto/keys.js';
import { sha256, signDoc, Simulator, utf8 } from '../tuf/simulator.js';

const SOURCE = { url: 'https://writ.example/tuf/example' };

describe('pinned roots', () => {
  let folder = '';
  let pins: PinStore;
  const simulator = new Simulator();
  const root = simulator.files.get('1.root.json')!;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'writ-pins-'));
    pins = new PinStore(join(folder, 'trust'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const path = (...names: string[]) => join(folder, 'trust', ...names);

  it('are kept byte for byte, in a folder that only the owner reads', async () => {
    const pin = await pins.add('example', root, SOURCE);
    const expected = {
      name: 'example',
      source: SOURCE,
      sha256: sha256(root),
      version: 1,
      root: new Uint8Array(root),
      metadataDir: path('example', 'metadata'),
    };
    expect(pin).toEqual(expected);
    expect({ ...(await new PinStore(path()).load('example')), root: undefined }).toEqual({
      ...expected,
      root: undefined,
    });
    expect(Buffer.from((await pins.load('example')).root)).toEqual(Buffer.from(root));
    expect(new Uint8Array(await readFile(path('example', 'pin.root.json')))).toEqual(new Uint8Array(root));
    expect((await stat(path('example'))).mode & 0o777).toBe(0o700);
    expect((await stat(path('example', 'pin.json'))).mode & 0o777).toBe(0o600);
  });

  it('are listed by name, with every kind of source', async () => {
    expect(await pins.list()).toEqual([]);
    await pins.add('b', root, { folder: '/srv/b' });
    await pins.add('a', root, { local: true });
    await pins.add('c', root, SOURCE);
    await writeFile(path('NOTES'), 'not a pin');
    expect((await pins.list()).map(({ name, source }) => [name, source, describeSource(source)])).toEqual([
      ['a', { local: true }, 'this service'],
      ['b', { folder: '/srv/b' }, '/srv/b'],
      ['c', SOURCE, SOURCE.url],
    ]);
  });

  it('are not exchanged: another root, or another source, is refused; the same again is not', async () => {
    const pin = await pins.add('example', root, SOURCE);
    expect({ ...(await pins.add('example', root, SOURCE)), root: 0 }).toEqual({ ...pin, root: 0 });
    simulator.commitRoot();
    const next = simulator.files.get('2.root.json')!;
    await expect(pins.add('example', next, SOURCE)).rejects.toMatchObject({
      code: 'TRUST_PINNED',
      message: `the repository example is pinned already, to the root ${sha256(root)} of ${SOURCE.url}`,
      details: { name: 'example', sha256: sha256(root) },
    });
    await expect(pins.add('example', root, { folder: '/x' })).rejects.toMatchObject({ code: 'TRUST_PINNED' });
    expect((await pins.load('example')).sha256).toBe(sha256(root));
  });

  it('must be roots that meet their own threshold, before anything is written', async () => {
    const forged = signDoc(simulator.root, [ed25519('attacker')]);
    await expect(pins.add('example', forged, SOURCE)).rejects.toMatchObject({ code: 'TUF_THRESHOLD' });
    await expect(pins.add('example', utf8('{'), SOURCE)).rejects.toMatchObject({ code: 'JSON_SYNTAX' });
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it.each(['../x', '..', '.', '', 'a/b', 'A', '/etc', 'a\0'])(
    'attack: a repository name as a path (CVE-2026-24686): %j',
    async name => {
      await expect(pins.add(name, root, SOURCE)).rejects.toMatchObject({ code: 'IMAGE_REPOSITORY_NAME' });
      await expect(pins.load(name)).rejects.toMatchObject({ code: 'IMAGE_REPOSITORY_NAME' });
      await expect(pins.remove(name)).rejects.toMatchObject({ code: 'IMAGE_REPOSITORY_NAME' });
    },
  );

  it('are removed with what was verified from them', async () => {
    await pins.add('example', root, SOURCE);
    await writeFile(path('example', 'anything'), '');
    await pins.remove('example');
    expect(await readdir(path())).toEqual([]);
    await expect(pins.load('example')).rejects.toMatchObject({
      code: 'TRUST_UNKNOWN',
      message: 'no root of the repository example is pinned',
    });
    await expect(pins.remove('example')).rejects.toMatchObject({ code: 'TRUST_UNKNOWN' });
    simulator.commitRoot();
    expect((await pins.add('example', simulator.files.get('2.root.json')!, SOURCE)).version).toBe(2);
  });

  const damages: [string, string, string | null, RegExp][] = [
    [
      'an exchanged root',
      'pin.root.json',
      '{}',
      /^the pin of the repository example is damaged: pin.root.json is not the root that was pinned$/,
    ],
    ['a missing root', 'pin.root.json', null, /damaged: pin.root.json is missing$/],
    ['no JSON', 'pin.json', '{', /damaged: not JSON/],
    ['another format', 'pin.json', '{"v":2}', /damaged: pin.json.v must be an integer from 1 to 1$/],
    [
      'no source',
      'pin.json',
      '{"v":1,"sha256":"","source":{}}',
      /damaged: pin.json.source.folder must be a string$/,
    ],
    [
      'a false source',
      'pin.json',
      '{"v":1,"sha256":"","source":{"local":false,"url":1}}',
      /damaged: pin.json.source.url must be a string$/,
    ],
  ];
  it.each(damages)('%s is found', async (_, file, content, message) => {
    await pins.add('example', root, SOURCE);
    if (content === null) await rm(path('example', file));
    else await writeFile(path('example', file), content);
    const error = { code: 'TRUST_PIN', message: expect.stringMatching(message) as unknown };
    await expect(pins.load('example')).rejects.toMatchObject(error);
    await expect(pins.list()).rejects.toMatchObject(error);
    await expect(pins.add('example', root, SOURCE)).rejects.toMatchObject(error);
  });

  it('a misspelt name is answered with the one that was meant', async () => {
    await pins.add('example', root, SOURCE);
    for (const asked of [pins.load('exmple'), pins.remove('exmple')]) {
      await expect(asked).rejects.toMatchObject({
        code: 'TRUST_UNKNOWN',
        hint: expect.stringMatching(
          /^did you mean example\? else pin it with `writ trust add exmple`/,
        ) as unknown,
      });
    }
  });

  it('half an addition is no pin', async () => {
    await pins.add('example', root, SOURCE);
    await rm(path('example', 'pin.json'));
    await expect(pins.load('example')).rejects.toMatchObject({ code: 'TRUST_UNKNOWN' });
    expect(await pins.list()).toEqual([]);
    expect((await pins.add('example', root, SOURCE)).version).toBe(1);
  });

  it('a folder that cannot be read is an error, not an empty list', async () => {
    await writeFile(path(), 'a file');
    await expect(pins.list()).rejects.toMatchObject({ code: 'STORE_IO' });
    await expect(pins.remove('example')).rejects.toMatchObject({ code: 'STORE_IO' });
  });
});
