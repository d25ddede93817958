/** The plain verbs on Notary repositories, in process against a real service. */
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, json, manifestText, type World } from './world.js';

const GUN = 'registry.example/acme/app';
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const digestOf = (name: string): string => `sha256:${sha256(manifestText(name))}`;

let world: World;
let made: Record<string, unknown>;

type Ran = Awaited<ReturnType<World['writ']>>;
const manifest = (name: string): string => world.file(`${name}.json`, manifestText(name));
const done = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const ran = await world.writ([...argv, '--json']);
  expect(ran).toMatchObject({ code: 0 });
  return json(ran);
};
/** As on another machine, that has nothing yet. */
const elsewhere = (argv: readonly string[], state = 'elsewhere'): Promise<Ran> =>
  world.writ(argv, { env: { WRIT_STATE: join(world.folder, state) } });
const sign = (tag: string, name: string, ...more: string[]): Promise<Record<string, unknown>> =>
  done('sign', `${GUN}:${tag}`, '--manifest', manifest(name), ...more);
const errorOf = (ran: Ran): unknown => (json(ran)['error'] as Record<string, unknown>)['code'];
const grantsOf = async (image: string): Promise<unknown> => (await done('verify', image))['grants'];

beforeAll(async () => {
  world = await createWorld();
  made = await done('init', GUN, '--format', 'notary');
  await done('init', 'example');
  await sign('1.0', 'one', '--grant', 'network=user');
});
afterAll(() => world.close());

describe('writ init --format notary', () => {
  it('makes a repository on the Notary wire, whose root it pins', async () => {
    const root = await fetch(`${world.server}/v2/${GUN}/_trust/tuf/1.root.json`);
    expect(made).toMatchObject({ name: GUN, url: world.server, format: 'notary' });
    expect(sha256(Buffer.from(await root.arrayBuffer()))).toBe(made['sha256']);
    expect(await done('trust', 'list')).toMatchObject({
      repositories: [
        { name: 'example', format: 'tuf' },
        {
          name: GUN,
          format: 'notary',
          source: world.server,
          sha256: made['sha256'],
          version: 1,
          pin: 'root',
        },
      ],
    });
  });

  it.each([
    [[GUN], 'TRUST_PINNED'],
    [['acme/app'], 'USAGE'],
    [[`${GUN}:1.0`], 'USAGE'],
    [['registry.example/b', '--scheme', 'ed25519'], 'USAGE'],
    [['registry.example/b', '--root-key', '0'.repeat(64)], 'NOTARY_KEY'],
  ])('%j is %s', async (argv, code) => {
    const ran = await world.writ(['init', ...argv, '--format', 'notary', '--json']);
    expect(errorOf(ran)).toBe(code);
  });

  it('makes no second one where the server has one, and leaves no keys', async () => {
    const ran = await elsewhere(['init', GUN, '--format', 'notary', '--json'], 'fresh');
    expect(errorOf(ran)).toBe('REPOSITORY_EXISTS');
    expect(existsSync(join(world.folder, 'fresh', 'notary', 'private'))).toBe(false);
    const asked = await elsewhere(['verify', `${GUN}:1.0`, '--json'], 'fresh');
    expect(errorOf(asked)).toBe('TRUST_UNKNOWN');
  });
});

describe('writ sign and writ verify', () => {
  it('answer in the shape of repositories of writ', async () => {
    await done(
      'sign',
      `${GUN}:1.0`,
      '--repository',
      'example',
      '--manifest',
      manifest('one'),
      '--grant',
      'network=user',
    );
    const own = await done('verify', `${GUN}:1.0`, '--repository', 'example');
    const notary = await done('verify', `${GUN}:1.0`);
    expect(Object.keys(notary)).toEqual(Object.keys(own));
    expect(notary).toMatchObject({
      image: `${GUN}:1.0`,
      pinned: `${GUN}@${digestOf('one')}`,
      digest: digestOf('one'),
      repository: GUN,
      role: 'targets',
      tagRole: 'targets',
      signers: [made['targetsKey']],
      grants: { network: 'user' },
    });
    const signed = await sign('again', 'one', '--grant', 'network=user');
    const before = await done('sign', `${GUN}:2`, '--repository', 'example', '--manifest', manifest('two'));
    expect(Object.keys(signed).filter(name => name !== 'roles')).toEqual(Object.keys(before));
    await done('untag', `${GUN}:again`);
  });

  it('know a digest by its tags, and one digest has one set of grants', async () => {
    await sign('a', 'many', '--grant', 'network=user');
    await sign('b', 'many', '--grant', 'network=user', '--grant', 'programs=common');
    const both = { network: 'user', programs: 'common' };
    expect(await grantsOf(`${GUN}:a`)).toEqual(both);
    expect(await done('verify', `${GUN}@${digestOf('many')}`)).toMatchObject({ grants: both, tagRole: null });
    const { targets } = await done('inspect', `${GUN}@${digestOf('many')}`);
    expect((targets as { path: string }[]).map(({ path }) => path)).toEqual([`${GUN}:a`, `${GUN}:b`]);
  });

  it('name every other tag of the digest whose grants change with it', async () => {
    const replaced = (ran: Ran): string[] =>
      ran.stderr.split('\n').filter(line => line.includes('same digest'));
    const again = (tag: string, ...more: string[]): Promise<Ran> =>
      world.writ(['sign', `${GUN}:${tag}`, '--manifest', manifest('told'), '--json', ...more]);
    expect(replaced(await again('told-1', '--grant', 'network=user'))).toEqual([]);
    expect(replaced(await again('told-2', '--grant', 'network=user'))).toEqual([]);
    const changed = await again('told-3', '--grant', 'network=serve');
    expect(replaced(changed)).toEqual(
      ['told-1', 'told-2'].map(
        tag =>
          `warning: ${GUN}:${tag} names the same digest: its grants were network=user, and are network=serve now`,
      ),
    );
    expect(json(changed)['targets']).toEqual(['told-3', 'told-1', 'told-2'].map(tag => `${GUN}:${tag}`));
    const dropped = await again('told-1');
    expect(replaced(dropped)).toHaveLength(2);
    expect(dropped.stderr).toContain('its grants were network=serve, and are none now');
  });

  it('sign again on top of what somebody else published meanwhile', async () => {
    // Two: what one reads may be overtaken in one trust folder once, and is read again once.
    const tags = ['at-once-1', 'at-once-2'];
    await Promise.all(tags.map(tag => sign(tag, tag)));
    for (const tag of tags)
      expect(await done('verify', `${GUN}:${tag}`)).toMatchObject({ digest: digestOf(tag) });
  });

  it('without --grant sign none, which is said, and is not the lowest', async () => {
    await sign('lost', 'lost', '--grant', 'network=user');
    const ran = await world.writ(['sign', `${GUN}:lost`, '--manifest', manifest('lost')]);
    expect(ran.stderr).toContain('the grants of lost in targets (custom.writ) are dropped');
    expect(await grantsOf(`${GUN}:lost`)).toBe(null);
  });

  it.each([
    [['verify', `${GUN}:nowhere`], 'CLI_NOT_SIGNED', 1],
    [['verify', `${GUN}@sha256:${'0'.repeat(64)}`], 'CLI_NOT_SIGNED', 1],
    [['verify', `${GUN}:1.0`, '--role', 'targets/alice'], 'CLI_NOT_SIGNED', 1],
    [['verify', 'registry.example/other:1.0', '--repository', GUN], 'USAGE', 2],
    [['sign', `${GUN}@${digestOf('one')}`, '--manifest', 'one.json'], 'USAGE', 2],
    [['sign', `${GUN}:1.0`, '--manifest', 'one.json', '--key', 'x'], 'USAGE', 2],
    [['sign', `${GUN}:1.0`, '--manifest', 'one.json', '--role', 'targets/bob'], 'NOTARY_ROLE', 1],
    [['untag', `${GUN}:nowhere`], 'CLI_NOT_SIGNED', 1],
    [['revoke', `${GUN}@sha256:${'0'.repeat(64)}`], 'CLI_NOT_SIGNED', 1],
    [['resign', 'root', '--repository', GUN], 'USAGE', 2],
    [['proposals', '--repository', GUN], 'USAGE', 2],
  ])('%j is %s', async (argv, code, exit) => {
    manifest('one');
    const ran = await world.writ([
      ...argv.map(word => (word === 'one.json' ? join(world.folder, word) : word)),
      '--json',
    ]);
    expect([errorOf(ran), ran.code]).toEqual([code, exit]);
  });

  it('take nothing older where the server cannot be asked', async () => {
    await sign('kept', 'kept');
    const pinned = await elsewhere([
      'trust',
      'add',
      GUN,
      '--format',
      'notary',
      '--sha256',
      String(made['sha256']),
    ]);
    expect(pinned).toMatchObject({ code: 0 });
    expect(await elsewhere(['verify', `${GUN}:kept`])).toMatchObject({ code: 0 });
    const pin = join(world.folder, 'elsewhere', 'notary', 'pins', sha256(GUN), 'pin.json');
    const text = { v: 1, name: GUN, server: 'http://127.0.0.1:9', trust: { root: made['sha256'] } };
    writeFileSync(pin, JSON.stringify(text));
    const ran = await elsewhere(['verify', `${GUN}:kept`, '--json']);
    expect([ran.code, errorOf(ran)]).toEqual([1, 'NOTARY_OFFLINE']);
  });
});

describe('writ list, status, untag and revoke', () => {
  it('list every trusted repository, and one', async () => {
    const { images } = await done('list', GUN);
    expect((images as { image: string }[]).map(({ image }) => image)).toContain(`${GUN}:1.0`);
    const all = (await done('list'))['images'] as { repository: string }[];
    expect(new Set(all.map(({ repository }) => repository))).toEqual(new Set(['example', GUN]));
  });

  it('status tells when roles expire', async () => {
    const { roles } = await done('status', '--repository', GUN);
    expect((roles as { role: string; online: boolean }[]).map(({ role, online }) => [role, online])).toEqual([
      ['root', false],
      ['targets', false],
      ['snapshot', true],
      ['timestamp', true],
    ]);
    expect((await world.writ(['status', '--repository', GUN, '--within', '4000d'])).code).toBe(1);
  });

  it('resign signs a role again as it is', async () => {
    const { version: before } = await done('verify', `${GUN}:1.0`);
    const resigned = await done('resign', 'targets', '--repository', GUN);
    expect(resigned).toMatchObject({ role: 'targets', version: Number(before) + 1, published: true });
    expect(await done('verify', `${GUN}:1.0`)).toMatchObject({ version: Number(before) + 1 });
  });

  it('untag takes back one tag, revoke every tag of a digest', async () => {
    for (const tag of ['u', 'v', 'w']) await sign(tag, 'gone');
    expect(await done('untag', `${GUN}:u`)).toMatchObject({ targets: [`${GUN}:u`], published: true });
    const { targets } = await done('revoke', `${GUN}@${digestOf('gone')}`);
    expect(targets).toEqual([`${GUN}:v`, `${GUN}:w`]);
    expect(errorOf(await world.writ(['verify', `${GUN}@${digestOf('gone')}`, '--json']))).toBe(
      'CLI_NOT_SIGNED',
    );
    await done('verify', `${GUN}:1.0`);
  });
});
