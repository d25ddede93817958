/** An organisation and its teams: delegations, what teams sign, and how it is taken back. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patternsFor, shortPatterns } from '../../src/cli/delegation/patterns.js';
import { createPerson, type Person } from './people.js';
import { createWorld, manifestText, type World } from './world.js';

const TEAM = 'registry.example/team/*';
const IMAGE = 'registry.example/team/app:1';
const NAME = ['--repository', 'acme'];

let world: World;
let owner: Person;
let ann: Person;
let ben: Person;
const path = (name: string): string => join(world.folder, name);
const manifest = (name: string): string => world.file(`${name}.json`, manifestText(name));
const add = (...argv: string[]) => ['delegation', 'add', 'team', '--path', TEAM, ...NAME, ...argv];
const sign = (name: string, ...argv: string[]) => [
  'sign',
  IMAGE,
  '--manifest',
  manifest(name),
  ...NAME,
  ...argv,
];

beforeAll(async () => {
  world = await createWorld();
  owner = await createPerson(world.folder, 'owner', world.server);
  ann = await createPerson(world.folder, 'ann', world.server);
  ben = await createPerson(world.folder, 'ben', world.server);
  const { sha256, url } = await owner.does('init', 'acme');
  for (const one of [ann, ben]) {
    await one.does('trust', 'add', 'acme', '--url', String(url), '--sha256', String(sha256));
  }
});
afterAll(() => world.close());

describe('a delegation', () => {
  it('goes live with the first version that its team signed, two of them apart', async () => {
    const keys = ['--key', ann.pem, '--key', ben.pem, '--threshold', '2'];
    expect(await owner.fails(...add(...keys))).toBe('CLI_DELEGATION');
    await ann.does('delegation', 'request', 'team', '--key', ann.id, '-o', path('team.json'));
    expect(await owner.fails(...add(...keys, '--first', path('team.json')))).toBe('CLI_DELEGATION');
    expect(await owner.does('delegation', 'list', ...NAME)).toMatchObject({ roles: [] });

    const asked = await ben.writ(
      ['delegation', 'request', 'team', '--key', ben.id, '-o', path('team.json')],
      {
        types: ['y\n'],
      },
    );
    expect(asked).toMatchObject({ code: 0 });
    expect(asked.stderr).toContain('team version 1, the first');
    const added = await owner.does(...add(...keys, '--first', path('team.json')));
    expect(added).toMatchObject({ delegated: 'team', threshold: 2, published: true, role: 'targets' });
    expect(added['paths']).toHaveLength(8);
    const { roles } = (await ben.does('delegation', 'list', ...NAME)) as { roles: object[] };
    expect(roles).toMatchObject([
      { role: 'team', from: 'targets', threshold: 2, terminating: true, version: 1, keys: [ann.id, ben.id] },
    ]);
    expect((await ben.writ(['delegation', 'list', ...NAME])).stdout).toMatch(
      /team +targets +2 of 2 .* registry\.example\/team\/\*\n/,
    );
  });

  it('its team signs, with the threshold that it was given', async () => {
    expect(await ann.does(...sign('one', '--role', 'team', '--grant', 'network=user'))).toMatchObject({
      published: false,
    });
    expect(await ben.does('approve', 'team', '--yes', ...NAME)).toMatchObject({
      published: true,
      version: 2,
    });
    expect(await owner.does('verify', IMAGE, ...NAME)).toMatchObject({
      role: 'team',
      grants: { network: 'user' },
    });
  });

  it('nobody else signs for it, and it signs for nothing else', async () => {
    expect(await owner.fails(...sign('two', '--role', 'team'))).toBe('CLI_NO_KEY');
    const foreign = [
      'sign',
      'registry.example/other:1',
      '--manifest',
      manifest('two'),
      '--role',
      'team',
      ...NAME,
    ];
    expect(await ann.fails(...foreign)).toBe('TUF_NOT_DELEGATED');
  });

  it('is not made twice, and changed only when that is said', async () => {
    const keys = ['--key', ann.pem];
    expect(await owner.fails(...add(...keys))).toBe('CLI_DELEGATION');
    expect(
      await owner.fails('delegation', 'add', 'none', '--path', TEAM, ...NAME, ...keys, '--replace'),
    ).toBe('CLI_DELEGATION');
    // What is current is signed by both: one of them is enough from now on.
    expect(await owner.does(...add(...keys, '--replace'))).toMatchObject({ published: true, threshold: 1 });
    expect(await ann.does(...sign('three', '--role', 'team'))).toMatchObject({ published: true, version: 3 });
    expect(await ben.fails(...sign('four', '--role', 'team'))).toBe('CLI_NO_KEY');
  });

  it('other keys sign what the role says now, in the version after', async () => {
    const keys = ['--key', ben.pem];
    expect(await owner.fails(...add(...keys, '--replace'))).toBe('CLI_DELEGATION');
    const request = ['delegation', 'request', 'team', ...NAME, '--key', ben.id, '-o', path('next.json')];
    const asked = await ben.writ(request, { types: ['y\n'] });
    expect(asked.stderr).toContain('team version 4, after version 3');
    expect(asked.stderr).toContain('nothing else changes');
    expect(await owner.does(...add(...keys, '--replace', '--first', path('next.json')))).toMatchObject({
      published: true,
    });
    expect(await owner.does('verify', IMAGE, ...NAME)).toMatchObject({
      role: 'team',
      version: 4,
      signers: [ben.id],
    });
  });

  it('goes on below: a team delegates a part of its own', async () => {
    const web = [
      'delegation',
      'add',
      'team/web',
      '--path',
      'registry.example/team/web',
      '--key',
      ann.pem,
      ...NAME,
    ];
    await ann.does('delegation', 'request', 'team/web', '--key', ann.id, '-o', path('web.json'));
    expect(await owner.fails(...web, '--first', path('web.json'))).toBe('CLI_NO_KEY');
    const done = await ben.does(...web, '--first', path('web.json'));
    expect(done).toMatchObject({
      role: 'team',
      published: true,
      paths: ['registry.example/team/web:*', 'registry.example/team/web@*'],
    });
    const image = [
      'sign',
      'registry.example/team/web:1',
      '--manifest',
      manifest('web'),
      '--role',
      'team/web',
      ...NAME,
    ];
    expect(await ann.does(...image)).toMatchObject({ published: true });
    const list = await owner.writ(['delegation', 'list', 'team', ...NAME]);
    expect(list.stdout).toMatch(/team\/web +team +1 of 1 .* registry\.example\/team\/web\n/);
    expect(list.stdout).toContain(`key ${ann.id}`);
  });

  it('ends: what the role and those below it signed counts no longer; a new one goes on with its versions', async () => {
    expect(await owner.does('delegation', 'remove', 'team', ...NAME)).toMatchObject({
      removed: 'team',
      published: true,
    });
    expect(await ann.fails('verify', IMAGE, ...NAME)).toBe('CLI_NOT_SIGNED');
    expect(await owner.fails('delegation', 'remove', 'team', ...NAME)).toBe('CLI_DELEGATION');
    const old = await owner.fails(...add('--key', ann.pem, '--first', path('team.json')));
    expect(old).toBe('CLI_DELEGATION');
    await ann.does(
      'delegation',
      'request',
      'team',
      ...NAME,
      '--key',
      ann.id,
      '-o',
      path('again.json'),
      '--yes',
    );
    const again = await owner.does(...add('--key', ann.pem, '--first', path('again.json')));
    expect(again).toMatchObject({ published: true });
    const { roles } = (await owner.does('delegation', 'list', ...NAME)) as { roles: { version: number }[] };
    expect(roles[0]?.version).toBeGreaterThan(4);
  });

  it('to keys that are here needs no file; no more of them sign than must; what goes leaves no key behind', async () => {
    const keys = [await owner.newKey(), await owner.newKey()].flatMap(id => ['--key', id]);
    const solo = ['delegation', 'add', 'solo', '--path', 'registry.example/solo', ...NAME, ...keys];
    expect(await owner.does(...solo)).toMatchObject({ published: true });
    const image = [
      'sign',
      'registry.example/solo:1',
      '--manifest',
      manifest('solo'),
      '--role',
      'solo',
      ...NAME,
    ];
    const { signers } = await owner.does(...image);
    expect(signers).toHaveLength(1);
    const { version } = await owner.does('delegation', 'remove', 'solo', ...NAME);
    const file = await fetch(`${world.server}/tuf/acme/metadata/${Number(version)}.targets.json`);
    const { signed } = (await file.json()) as { signed: { delegations: { keys: object } } };
    expect(Object.keys(signed.delegations.keys)).toEqual([ann.id]);
  });

  it.each<[string, string[], string]>([
    ['no key', ['team2', '--path', TEAM], 'USAGE'],
    ['no path', ['team2', '--key', 'ann'], 'USAGE'],
    ['a threshold above its keys', ['team2', '--path', TEAM, '--key', 'ann', '--threshold', '2'], 'USAGE'],
    ['a key twice', ['team2', '--path', TEAM, '--key', 'ann', '--key', 'ann'], 'USAGE'],
    ['the name of a top-level role', ['Root', '--path', TEAM, '--key', 'ann'], 'TUF_ROLE_NAME'],
    [
      'another delegator than the name says',
      ['team2', '--from', 'team', '--path', TEAM, '--key', 'ann'],
      'USAGE',
    ],
    ['a delegator that nobody knows', ['none/team', '--path', TEAM, '--key', 'ann'], 'TUF_NOT_DELEGATED'],
    [
      'a prefix that is a pattern',
      ['team2', '--path', 'registry.example/*/x/*', '--key', 'ann'],
      'TUF_FORMAT',
    ],
    ['an empty part of a name', ['team//web', '--path', TEAM, '--key', 'ann'], 'USAGE'],
  ])('with %s is refused', async (_, argv, code) => {
    const words = argv.map(word => (word === 'ann' ? ann.pem : word));
    expect(await owner.fails('delegation', 'add', ...words, ...NAME)).toBe(code);
  });

  it('a key that was made for the role signs the request; without one it is refused', async () => {
    expect(await ann.fails('delegation', 'request', 'none', '-o', path('none.json'))).toBe('CLI_NO_KEY');
    expect(existsSync(path('none.json'))).toBe(false);
    const { id } = await ann.does('key', 'generate', '--role', 'crew');
    expect(await ann.does('delegation', 'request', 'crew', '-o', path('crew.json'))).toMatchObject({
      keys: [id],
    });
  });
});

describe('taking back', () => {
  const tag = (name: string): string => `registry.example/own:${name}`;
  const signOwn = (name: string, file: string) =>
    owner.does('sign', tag(name), '--manifest', manifest(file), ...NAME);

  it('untag takes the tag and leaves the digest', async () => {
    const { digest } = await signOwn('1', 'own');
    expect(await owner.does('untag', tag('1'), ...NAME)).toMatchObject({
      targets: [tag('1')],
      published: true,
    });
    expect(await owner.fails('verify', tag('1'), ...NAME)).toBe('CLI_NOT_SIGNED');
    expect(await owner.does('verify', `registry.example/own@${String(digest)}`, ...NAME)).toMatchObject({
      digest,
    });
    expect(await owner.fails('untag', tag('1'), ...NAME)).toBe('CLI_NOT_SIGNED');
    expect(await owner.fails('untag', `registry.example/own@${String(digest)}`, ...NAME)).toBe('USAGE');
    expect(await owner.fails('revoke', tag('1'), ...NAME)).toBe('USAGE');
  });

  it('revoke takes the digest and every tag of it, and no other', async () => {
    const { digest } = await signOwn('a', 'bad');
    await signOwn('b', 'bad');
    await signOwn('c', 'good');
    const pinned = `registry.example/own@${String(digest)}`;
    expect(await owner.does('revoke', pinned, ...NAME)).toMatchObject({
      targets: [tag('a'), tag('b'), pinned],
    });
    for (const gone of [tag('a'), tag('b'), pinned]) {
      expect(await owner.fails('verify', gone, ...NAME)).toBe('CLI_NOT_SIGNED');
    }
    await owner.does('verify', tag('c'), ...NAME);
    expect(await owner.fails('revoke', pinned, ...NAME)).toBe('CLI_NOT_SIGNED');
  });

  it('says which other role signs it too', async () => {
    const { digest } = await ann.does(...sign('both', '--role', 'team'));
    const pinned = `registry.example/team/app@${String(digest)}`;
    await owner.does(...sign('both'));
    const revoked = await owner.writ(['revoke', pinned, '--role', 'targets', ...NAME]);
    expect(revoked).toMatchObject({ code: 0 });
    expect(revoked.stderr).toContain(`warning: team signs ${IMAGE}, ${pinned} too`);
    expect(await ann.does('revoke', pinned, ...NAME)).toMatchObject({ role: 'team', published: true });
  });
});

describe('expiry', () => {
  const later = (days: number) => ({ now: () => new Date(Date.now() + days * 86_400_000) });

  it('resign signs as it is, with a new expiry', async () => {
    for (const role of ['root', 'targets', 'team']) {
      const person = role === 'team' ? ann : owner;
      const before = await statusOf(role);
      expect(await person.does('resign', role, ...NAME)).toMatchObject({ role, published: true });
      const after = await statusOf(role);
      expect(after.version).toBe(before.version + 1);
      expect(after.expires >= before.expires).toBe(true);
    }
    expect(await owner.fails('resign', 'snapshot', ...NAME)).toBe('USAGE');
    expect(await owner.fails('resign', 'none', ...NAME)).toBe('TUF_NOT_DELEGATED');
  });

  const statusOf = async (role: string) => {
    const { roles } = (await owner.does('status', ...NAME)) as {
      roles: { role: string; version: number; expires: string; daysLeft: number }[];
    };
    return roles.find(one => one.role === role) ?? expect.fail(`no ${role}`);
  };

  it('status tells what expires when, and who signs it', async () => {
    const shown = await owner.writ(['status', ...NAME]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^root +\d+ +\S+ +364 +people$/m);
    expect(shown.stdout).toMatch(/^timestamp +\d+ +\S+ +1 +service$/m);
    expect(shown.stdout).toMatch(/^team +\d+ +\S+ +364 +people$/m);
    expect((await owner.writ(['status', ...NAME, '--within', '366d'])).code).toBe(1);
    expect((await owner.writ(['status', ...NAME, '--within', '300d'])).code).toBe(0);
  });

  it('status tells it from the word of the service when nothing can be verified any more', async () => {
    const shown = await owner.writ(['status', ...NAME], later(3));
    expect(shown.code).toBe(1);
    expect(shown.stderr).toContain('what follows is what the service says');
    expect(shown.stderr).toContain('warning: timestamp has expired');
    expect(await owner.writ(['status', ...NAME, '--json'], later(340))).toMatchObject({
      stderr: expect.stringContaining('warning: targets expires in 2') as string,
    });
  });

  it('status tells it from a mirror too, which knows no proposals', async () => {
    const shown = await owner.writ(['status', ...NAME], { env: { WRIT_SERVER: 'http://127.0.0.1:1' } });
    expect(shown.code).toBe(0);
    expect(shown.stderr).toContain('warning: what waits for signatures is not known');
    expect(shown.stdout).toMatch(/^root +/m);
  });

  it('status names what waits', async () => {
    await owner.does(
      'root',
      'rotate',
      ...NAME,
      '--add',
      `root=${ann.pem}`,
      '-o',
      path('2.json'),
      '--threshold',
      'root=2',
    );
    await owner.does('root', 'sign', path('2.json'), ...NAME, '--yes');
    await owner.does('root', 'publish', 'acme', path('2.json'));
    const shown = await owner.writ(['status', ...NAME]);
    expect(shown.stdout).toMatch(/root version \d+ waits: 1 of 1 signatures/);
    await ann.does('reject', 'root', ...NAME);
  });
});

describe('what a path of a delegation means', () => {
  it.each([
    ['registry.example/team/*', 8],
    ['registry.example/team/**', 8],
    ['registry.example/app', 2],
    ['registry.example:5000/app', 2],
    ['registry.example/app:v*', 1],
    ['registry.example/app:1', 1],
    ['registry.example/a?p', 1],
  ])('%s is %i patterns, and is shown as it was written', (written, count) => {
    const patterns = patternsFor(written);
    expect(patterns).toHaveLength(count);
    expect(shortPatterns(patterns)).toEqual([written.replace('/**', '/*')]);
  });

  it('several are shown one by one, and what is not whole as it is', () => {
    const all = ['a/b/*', 'a/c', 'a/d:*'].flatMap(patternsFor);
    expect(shortPatterns(all)).toEqual(['a/b/*', 'a/c', 'a/d:*']);
    expect(shortPatterns(['a/*', 'a/*/*'])).toEqual(['a/*', 'a/*/*']);
    expect(shortPatterns(['[x]/*'])).toEqual(['[x]/*']);
    expect(shortPatterns([])).toEqual([]);
  });
});
