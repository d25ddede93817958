/** A server that lies is caught by `writ verify`, each attack by its own code; the truth is accepted again after it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { altered, instead, startLiar, type Lie, type Liar } from './liar.js';
import { createWorld, json, manifestText, type World } from './world.js';

const IMAGE = 'registry.example/team/app:1';

let world: World;
let liar: Liar;
/** The served metadata after each publication, by file name. */
const old = new Map<string, Buffer>();

const env = (): Record<string, string> => ({ WRIT_SERVER: liar.url });
const verify = (more: Record<string, string> = {}) =>
  world.writ(['verify', IMAGE, '--repository', 'example', '--json'], { env: { ...env(), ...more } });
const codeOf = async (more: Record<string, string> = {}): Promise<unknown> => {
  const ran = await verify(more);
  expect(ran.code).toBe(1);
  return (json(ran)['error'] as { code: string }).code;
};
const served = async (path: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(`${liar.url}/tuf/${path}`)).arrayBuffer());
const sign = async (name: string, repository = 'example'): Promise<void> => {
  const file = world.file(`${name}.json`, manifestText(name));
  const ran = await world.writ(
    ['sign', IMAGE, '--repository', repository, '--manifest', file, '--grant', 'network=user'],
    { env: env() },
  );
  expect(ran).toMatchObject({ code: 0 });
};

beforeAll(async () => {
  world = await createWorld();
  liar = await startLiar(world.server);
  for (const name of ['example', 'other']) {
    expect(await world.writ(['init', name], { env: env() })).toMatchObject({ code: 0 });
    await sign('one', name);
  }
  old.set('timestamp', await served('example/metadata/timestamp.json'));
  old.set('snapshot', await served('example/metadata/2.snapshot.json'));
  old.set('targets', await served('example/metadata/2.targets.json'));
  await sign('two');
  expect(await verify()).toMatchObject({ code: 0 });
  await sign('three'); // version 4: not seen by verify yet
});
afterAll(async () => {
  await liar.close();
  await world.close();
});
afterEach(async () => {
  liar.lie(undefined);
  expect(await verify()).toMatchObject({ code: 0 });
});

/** A client that has seen nothing but the pinned root. */
const fresh = async (name: string): Promise<Record<string, string>> => {
  const state = { WRIT_STATE: join(world.folder, name) };
  const root = world.file('root.json', (await served('example/metadata/1.root.json')).toString());
  const added = await world.writ(['trust', 'add', 'example', '--root', root], {
    env: { ...env(), ...state },
  });
  expect(added).toMatchObject({ code: 0 });
  return state;
};

describe('attack: writ verify against a server that lies', () => {
  it.each<[string, () => Lie, string]>([
    [
      'arbitrary software: targets with another digest',
      () => altered(/targets\.json$/, '"sha256":"', '"sha256":"0'),
      'FETCH_TOO_LARGE',
    ],
    [
      'targets with wider grants of the same length',
      () => altered(/targets\.json$/, '"user"', '"host"'),
      'TUF_HASH',
    ],
    ['rollback: an old timestamp', () => instead('timestamp.json', old.get('timestamp')!), 'TUF_ROLLBACK'],
    [
      'mix and match: an old snapshot under the new name',
      () => instead(/\d+\.snapshot\.json$/, old.get('snapshot')!),
      'TUF_LENGTH',
    ],
    [
      'rollback: old targets under the new name',
      () => instead(/\d+\.targets\.json$/, old.get('targets')!),
      'TUF_LENGTH',
    ],
    [
      'a snapshot that is withheld',
      () => path => (path.endsWith('snapshot.json') ? { status: 404, body: Buffer.alloc(0) } : undefined),
      'TUF_MISSING',
    ],
    [
      'a server that fails is not one that says no',
      () => path => (path.includes('/tuf/') ? { status: 500, body: Buffer.from('{}') } : undefined),
      'FETCH_STATUS',
    ],
    ['endless data', () => instead('timestamp.json', Buffer.alloc(20_000, 0x20)), 'FETCH_TOO_LARGE'],
    ['no metadata at all: HTML', () => instead('timestamp.json', Buffer.from('<html>')), 'JSON_SYNTAX'],
    [
      'a timestamp that nobody signed',
      () => altered(/timestamp\.json$/, '"sig":"', '"sig":"00'),
      'TUF_THRESHOLD',
    ],
  ])('%s', async (name, makeLie, code) => {
    // A client that has the documents already does not ask for them again.
    const state = name.includes('old timestamp') ? {} : await fresh(`state-${code}-${name.length}`);
    liar.lie(makeLie());
    expect(await codeOf(state)).toBe(code);
    liar.lie(undefined);
    expect(await verify(state)).toMatchObject({ code: 0 });
  });

  it("another repository's metadata, whole and well signed", async () => {
    const state = await fresh('state-other');
    const others = new Map<string, Buffer>();
    for (const file of ['timestamp.json', '2.snapshot.json', '2.targets.json'])
      others.set(file, await served(`other/metadata/${file}`));
    liar.lie(path => {
      const body = others.get(path.split('/').at(-1) ?? '');
      return body === undefined ? undefined : { status: 200, body };
    });
    expect(await codeOf(state)).toBe('TUF_THRESHOLD');
  });

  it("a new root that the pinned root's keys did not sign", async () => {
    const state = await fresh('state-root');
    const root = JSON.parse((await served('other/metadata/1.root.json')).toString()) as {
      signed: { version: number };
    };
    root.signed.version = 2;
    liar.lie(instead('2.root.json', Buffer.from(JSON.stringify(root))));
    expect(await codeOf(state)).toBe('TUF_THRESHOLD');
  });

  it('indefinite freeze: metadata that was good, after it has expired', async () => {
    const later = (): Date => new Date(Date.now() + 3 * 86_400_000);
    const ran = await world.writ(['verify', IMAGE, '--repository', 'example', '--json'], {
      env: env(),
      now: later,
    });
    expect(ran.code).toBe(1);
    expect(json(ran)).toMatchObject({ error: { code: 'TUF_EXPIRED' } });
  });

  it('a first root that is not the one that was told', async () => {
    const state = { WRIT_STATE: join(world.folder, 'state-first') };
    const ran = await world.writ(['trust', 'add', 'example', '--sha256', '0'.repeat(64), '--json'], {
      env: { ...env(), ...state },
    });
    expect(json(ran)).toMatchObject({ error: { code: 'TUF_HASH' } });
    expect(json(await world.writ(['trust', 'list', '--json'], { env: { ...env(), ...state } }))).toEqual({
      repositories: [],
    });
  });

  it('keys of a repository that may have been made are kept, and named', async () => {
    liar.lie(path => (path === '/v1/repositories' ? { status: 502, body: Buffer.from('gone') } : undefined));
    const state = join(world.folder, 'state-unknown');
    const ran = await world.writ(['init', 'unknown'], { env: { ...env(), WRIT_STATE: state } });
    expect(ran.code).toBe(1);
    const kept = readdirSync(join(state, 'keys')).map(file => file.replace('.key', ''));
    expect(kept).toHaveLength(2);
    for (const id of kept) expect(ran.stderr).toContain(id);
  });

  it('a race that is lost for ever is given up', async () => {
    liar.lie(path =>
      path.endsWith('/publish')
        ? {
            status: 409,
            body: Buffer.from('{"error":{"code":"REPOSITORY_CONFLICT","message":"lost","hint":"again"}}'),
          }
        : undefined,
    );
    const file = world.file('late.json', manifestText('late'));
    const ran = await world.writ(
      ['sign', 'registry.example/team/late:1', '--repository', 'example', '--manifest', file, '--json'],
      { env: env() },
    );
    expect(json(ran)).toMatchObject({
      error: { code: 'REPOSITORY_CONFLICT', message: 'lost', hint: 'again' },
    });
  });
});

describe('many processes on one client state', () => {
  it('one that is overtaken by another in the middle of its refresh begins again', async () => {
    const state = await fresh('state-shared');
    let overtaken = 0;
    liar.lie(async path => {
      if (!path.endsWith('timestamp.json') || overtaken++ > 0) return undefined;
      // What this one is answered was the truth when it asked; the other one has since stored what came after.
      expect(await verify(state)).toMatchObject({ code: 0 });
      return { status: 200, body: old.get('timestamp')! };
    });
    expect(await verify(state)).toMatchObject({ code: 0 });
    expect(overtaken).toBe(3);
  });
});

describe('attack: nothing is trusted on first use', () => {
  it.each([
    ['verify', IMAGE],
    ['inspect', IMAGE],
    ['sign', IMAGE],
  ])('writ %s without a pinned root', async (...argv) => {
    const ran = await world.writ([...argv, '--json'], {
      env: { ...env(), WRIT_STATE: join(world.folder, 'empty') },
    });
    expect(ran.code).toBe(1);
    expect(json(ran)).toMatchObject({ error: { code: 'TRUST_UNKNOWN' } });
  });

  it('several trusted repositories must be told apart', async () => {
    const ran = await world.writ(['verify', IMAGE], { env: env() });
    expect(ran).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: several repositories are trusted, and --repository names none\n' +
        'hint: write --repository with one of example, other\n',
    });
  });

  it.each([
    [['trust', 'add', 'x'], 'USAGE'],
    [['trust', 'add', 'x', '--root', 'a', '--sha256', '00'], 'USAGE'],
    [['trust', 'add', 'x', '--sha256', '00'], 'USAGE'],
    [['trust', 'add', 'x', '--root', '/absent'], 'CLI_FILE'],
    [['trust', 'remove', 'x'], 'TRUST_UNKNOWN'],
  ])('%j is %s', async (argv, code) => {
    const ran = await world.writ([...argv, '--json'], { env: env() });
    expect(json(ran)).toMatchObject({ error: { code } });
    expect(ran.code).toBe(code === 'USAGE' ? 2 : 1);
  });
});
