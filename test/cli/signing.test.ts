/** From an empty machine to a verified image, in process against a real service. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, json, manifestText, type World } from './world.js';

const IMAGE = 'registry.example/team/app:1';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const digestOf = (name: string): string => `sha256:${sha256(manifestText(name))}`;

let world: World;
let made: Record<string, unknown>;
const manifest = (name: string): string => world.file(`${name}.json`, manifestText(name));

beforeAll(async () => {
  world = await createWorld();
  const ran = await world.writ(['init', 'example', '--json']);
  expect(ran).toMatchObject({ code: 0 });
  made = json(ran);
});
afterAll(() => world.close());

describe('writ init', () => {
  it('makes two sealed keys, and pins the root that it signed', async () => {
    const keys = join(world.folder, 'state', 'keys');
    expect(readdirSync(keys).sort()).toEqual(
      [`${String(made['rootKey'])}.key`, `${String(made['targetsKey'])}.key`].sort(),
    );
    for (const name of readdirSync(keys)) {
      expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(keys, name), 'utf8')).not.toContain('correct horse');
    }
    const root = await fetch(`${world.server}/tuf/example/metadata/1.root.json`);
    expect(sha256(await root.text())).toBe(made['sha256']);
    expect(json(await world.writ(['trust', 'list', '--json']))).toEqual({
      repositories: [
        {
          name: 'example',
          format: 'tuf',
          source: `${world.server}/tuf/example`,
          sha256: made['sha256'],
          version: 1,
        },
      ],
    });
  });

  it('tells others how to trust it', async () => {
    const ran = await world.writ([
      'init',
      'second',
      '--root-key',
      String(made['rootKey']),
      '--targets-key',
      String(made['targetsKey']).slice(0, 7),
    ]);
    expect(ran).toMatchObject({ code: 0 });
    const [, hash] = /root sha256 +([0-9a-f]{64})/.exec(ran.stdout) ?? [];
    expect(ran.stderr).toBe(
      `others trust it with: writ trust add second --url ${world.server}/tuf/second --sha256 ${String(hash)}\n`,
    );
    expect(ran.stdout).toContain(`targets key  ${String(made['targetsKey'])}`);
    await world.writ(['trust', 'remove', 'second']);
  });

  it.each([
    [['init', 'example'], 'TRUST_PINNED', 1],
    [['init', 'Upper'], 'IMAGE_REPOSITORY_NAME', 1],
    [['init', 'third', '--scheme', 'rot13'], 'KEY_TYPE', 1],
    [['init', 'third', '--root-key', '0'.repeat(64)], 'KEYSTORE_NOT_FOUND', 1],
  ])('%j is %s', async (argv, code, exit) => {
    const ran = await world.writ([...argv, '--json']);
    expect(ran.code).toBe(exit);
    expect(json(ran)).toMatchObject({ error: { code } });
  });

  it('refuses a key that is for another role', async () => {
    const ran = await world.writ(['init', 'third', '--root-key', String(made['targetsKey'])]);
    expect(ran).toMatchObject({
      code: 2,
      stderr: `error: the key ${String(made['targetsKey'])} is for the role targets, not for root\nhint: see \`writ init --help\`\n`,
    });
  });

  it.each([
    ['that has the name already', 'example', {}, 'REPOSITORY_EXISTS'],
    ['that does not take the token', 'fourth', { WRIT_TOKEN: 'nonsense' }, 'TOKEN_INVALID'],
  ])('refused by a service %s leaves neither keys nor pin', async (_why, name, env, code) => {
    const state = join(world.folder, `state-${code}`);
    const ran = await world.writ(['init', name, '--json'], { env: { WRIT_STATE: state, ...env } });
    expect(json(ran)).toMatchObject({ error: { code } });
    const keys = join(state, 'keys');
    expect(existsSync(keys) ? readdirSync(keys) : []).toEqual([]);
    const list = await world.writ(['trust', 'list'], { env: { WRIT_STATE: state } });
    expect(list.stdout).toBe('no repository is trusted; see `writ trust add --help`\n');
  });
});

it('writ trust add names the file that is no root', async () => {
  const file = world.file('no-root.json', '{"signed": 1}');
  const ran = await world.writ(['trust', 'add', 'other', '--root', file]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/^error: \S+no-root\.json: document\.signed must be an object\n/);
});

describe('writ sign and writ verify', () => {
  it('sign the tag and the digest; the digest carries the grants', async () => {
    const signed = await world.writ([
      'sign',
      IMAGE,
      '--manifest',
      manifest('one'),
      '--grant',
      'network=user',
      '--json',
    ]);
    expect(json(signed)).toMatchObject({
      digest: digestOf('one'),
      targets: [IMAGE, `registry.example/team/app@${digestOf('one')}`],
      repository: 'example',
      role: 'targets',
      signers: [made['targetsKey']],
      grants: { network: 'user' },
    });
    const { targets } = json(await world.writ(['inspect', IMAGE, '--json'])) as {
      targets: Record<string, unknown>[];
    };
    expect(targets).toMatchObject([
      { path: IMAGE, custom: null, length: manifestText('one').length },
      { custom: { writ: { v: 1, catalogue: '1', grants: { network: 'user' } } } },
    ]);
  });

  it('verify by tag and by digest, for people and for programs', async () => {
    const { code, stdout, stderr } = await world.writ(['verify', IMAGE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(
        `^verified    ${IMAGE}\ndigest      ${digestOf('one')}\nrepository  example\nrole        targets \\(version \\d+\\)\n` +
          `signed by   ${String(made['targetsKey'])} \\(ed25519\\)\ngrants      network=user\nexpires     20[^\n]+Z\n$`,
      ),
    );
    const pinned = `registry.example/team/app@${digestOf('one')}`;
    expect(json(await world.writ(['verify', pinned, '--repository', 'example', '--json']))).toMatchObject({
      image: pinned,
      digest: digestOf('one'),
      role: 'targets',
      grants: { network: 'user' },
      signers: [made['targetsKey']],
    });
  });

  it('a tag moves, its old digest stays', async () => {
    await world.writ([
      'sign',
      IMAGE,
      '--manifest',
      manifest('two'),
      '--preset',
      'web-service',
      '--grant',
      'network=serve',
    ]);
    expect(json(await world.writ(['verify', IMAGE, '--json']))).toMatchObject({
      digest: digestOf('two'),
      grants: { network: 'serve' },
    });
    expect((await world.writ(['verify', `registry.example/team/app@${digestOf('one')}`])).code).toBe(0);
  });

  it('signing a digest again replaces its grants, for every tag of it, which is said', async () => {
    const latest = ['sign', 'registry.example/team/app:latest', '--manifest', manifest('two')];
    const ran = await world.writ([...latest, '--grant', 'network=none']);
    expect(ran.stderr).toMatch(
      new RegExp(
        `^warning: registry.example/team/app@${digestOf('two')} was signed with the grants .*network=serve.*: they are`,
        'm',
      ),
    );
    expect(json(await world.writ(['verify', IMAGE, '--json']))).toMatchObject({
      digest: digestOf('two'),
      grants: {},
    });
    expect((await world.writ([...latest, '--grant', 'network=none'])).stderr).not.toContain('warning');
    expect((await world.writ(latest)).stderr).toContain(
      'was signed with the grants nothing: they are replaced',
    );
    expect((await world.writ([...latest, '--grant', 'network=none'])).stderr).toContain('the grants none:');
  });

  it('without --grant no grants are signed, which is said', async () => {
    const ran = await world.writ(['sign', 'registry.example/team/bare', '--manifest', manifest('bare')]);
    expect(ran.stdout).toContain('grants      none: policies deny it by default, see --grant');
    expect(json(await world.writ(['verify', 'registry.example/team/bare', '--json']))).toMatchObject({
      grants: null,
    });
  });

  it('by digest alone sign no tag', async () => {
    const ran = await world.writ([
      'sign',
      `registry.example/team/pin@${digestOf('pin')}`,
      '--manifest',
      manifest('pin'),
      '--json',
    ]);
    expect(json(ran)).toMatchObject({ targets: [`registry.example/team/pin@${digestOf('pin')}`] });
    expect((await world.writ(['verify', 'registry.example/team/pin:latest'])).code).toBe(1);
  });

  it('eight signers at once all win in the end', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `race${i}`);
    const ran = await Promise.all(
      names.map(name =>
        world.writ(['sign', `registry.example/team/${name}:1`, '--manifest', manifest(name), '-q']),
      ),
    );
    expect(ran.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']));
    const listed = (await world.writ(['list', 'example'])).stdout;
    for (const name of names) expect(listed).toContain(`team/${name}:1`);
  });

  it.each([
    [['verify', 'registry.example/team/app:9'], 'CLI_NOT_SIGNED', 1],
    [['verify', `registry.example/team/app@sha256:${'0'.repeat(64)}`], 'CLI_NOT_SIGNED', 1],
    [['verify', IMAGE, '--role', 'team'], 'CLI_NOT_SIGNED', 1],
    [['verify', IMAGE, '--repository', 'absent'], 'TRUST_UNKNOWN', 1],
    [['verify', 'nginx:'], 'IMAGE_REFERENCE', 1],
    [['verify', 'nginx@sha512:00'], 'IMAGE_DIGEST', 1],
    [['inspect', 'registry.example/team/app:9'], 'CLI_NOT_SIGNED', 1],
    [['list', 'absent'], 'TRUST_UNKNOWN', 1],
    [['sign', IMAGE, '--grant', 'network'], 'GRANT_SYNTAX', 1],
    [['sign', IMAGE, '--grant', 'netwrk=user'], 'GRANT_DOMAIN', 1],
    [['sign', IMAGE, '--grant', 'network=root'], 'GRANT_LEVEL', 1],
    [['sign', IMAGE, '--preset', 'absent'], 'GRANT_PRESET', 1],
    [['sign', IMAGE, '--manifest', '/absent'], 'CLI_FILE', 1],
    [['sign', IMAGE, '--manifest', '/etc/hostname'], 'CLI_FILE', 1],
  ])('%j is %s', async (argv, code, exit) => {
    const ran = await world.writ([...argv, '--json']);
    expect(ran.code).toBe(exit);
    expect(json(ran)).toMatchObject({ error: { code } });
  });

  it('refuse a manifest that is not the digest that was named', async () => {
    const ran = await world.writ([
      'sign',
      `registry.example/team/app@sha256:${'1'.repeat(64)}`,
      '--manifest',
      manifest('one'),
    ]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`has the digest ${digestOf('one')}, not sha256:${'1'.repeat(64)}`);
  });

  it('sign as an unknown role, or without its key, is refused before anything is published', async () => {
    const unknown = await world.writ([
      'sign',
      IMAGE,
      '--manifest',
      manifest('one'),
      '--role',
      'team',
      '--json',
    ]);
    expect(json(unknown)).toMatchObject({ error: { code: 'TUF_NOT_DELEGATED' } });
    const keyless = await world.writ(['sign', IMAGE, '--manifest', manifest('one'), '--json'], {
      env: { WRIT_KEYS: join(world.folder, 'no-keys') },
    });
    expect(json(keyless)).toMatchObject({
      error: { code: 'CLI_NO_KEY', details: { role: 'targets' } },
    });
  });

  it('a wrong pass-phrase, or none, is refused', async () => {
    const argv = ['sign', IMAGE, '--manifest', manifest('one'), '--json'];
    const wrong = await world.writ(argv, { env: { WRIT_TARGETS_PASSPHRASE: 'wrong' } });
    expect(json(wrong)).toMatchObject({ error: { code: 'KEYSTORE_PASSPHRASE' } });
    const none = await world.writ(argv, { env: { WRIT_PASSPHRASE: undefined } });
    expect(json(none)).toMatchObject({ error: { code: 'CLI_PASSPHRASE' } });
  });

  it('a service that is not there is an error with a hint', async () => {
    const ran = await world.writ([
      'sign',
      IMAGE,
      '--manifest',
      manifest('one'),
      '--server',
      'http://127.0.0.1:1',
    ]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^error: .*127\.0\.0\.1:1.*\nhint: .+\ncode: FETCH_UNREACHABLE\n$/);
  });
});

describe('writ list', () => {
  it('shows tags with the grants of their digests, and the digests on demand', async () => {
    const { stdout } = await world.writ(['list']);
    expect(stdout).toMatch(/^IMAGE +DIGEST +REPOSITORY +ROLE +GRANTS\n/);
    expect(stdout).toMatch(
      new RegExp(`^${IMAGE} +${digestOf('two').slice(0, 19)} +example +targets +nothing$`, 'm'),
    );
    expect(stdout).not.toContain('@sha256');
    const { images } = json(await world.writ(['list', 'example', '--digests', '--json'])) as {
      images: { image: string }[];
    };
    expect(images).toContainEqual({
      image: `registry.example/team/app@${digestOf('one')}`,
      digest: digestOf('one'),
      repository: 'example',
      role: 'targets',
      grants: { network: 'user' },
      grantsError: null,
    });
  });
});
