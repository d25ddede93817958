/** Keys, tokens, settings, pods, lookups, in process. */
import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { renderReference } from '../../src/cli/reference.js';
import { reviewOf } from '../admission/world.js';
import { run } from './support.js';
import { createWorld, json, manifestText, type World } from './world.js';

const IMAGE = 'registry.example/team/app:1';
const POLICY = `apiVersion: writ.dev/v1
kind: AdmissionPolicy
metadata: {name: production}
spec:
  match: {namespaces: ['*'], images: ['registry.example/team/**']}
  trust: {repository: example, roles: [targets]}
  authority: {network: user}
  accept: [network.namespace]
`;
const pod = (image: string): string => `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: app, image: '${image}'}
`;

let world: World;
beforeAll(async () => {
  world = await createWorld({ policies: POLICY });
  expect(await world.writ(['init', 'example'])).toMatchObject({ code: 0 });
  const sign = (image: string, name: string, grant: string) =>
    world.writ([
      'sign',
      image,
      '--manifest',
      world.file(`${name}.json`, manifestText(name)),
      '--grant',
      grant,
    ]);
  expect(await sign(IMAGE, 'app', 'network=user')).toMatchObject({ code: 0 });
  expect(await sign('registry.example/team/wide:1', 'wide', 'network=admin')).toMatchObject({ code: 0 });
});
afterAll(() => world.close());

describe('writ key', () => {
  it('generates, lists and exports; never an unsealed private key', async () => {
    const id = (
      await world.writ(['key', 'generate', '--role', 'team', '--scheme', 'ecdsa-sha2-nistp256'])
    ).stdout.trim();
    const { keys } = json(await world.writ(['key', 'list', '--json'])) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(3);
    expect(keys.at(-1)).toMatchObject({ id, role: 'team', scheme: 'ecdsa-sha2-nistp256', repository: null });
    const { stdout: pem } = await world.writ(['key', 'export', id.slice(0, 7)]);
    expect(createPublicKey(pem).asymmetricKeyType).toBe('ec');
    expect(JSON.parse((await world.writ(['key', 'export', id, '--format', 'json'])).stdout)).toMatchObject({
      scheme: 'ecdsa-sha2-nistp256',
    });
    const out = join(world.folder, 'sealed.key');
    expect(await world.writ(['key', 'export', id, '--format', 'sealed', '-o', out])).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(readFileSync(out)).toEqual(readFileSync(join(world.folder, 'state', 'keys', `${id}.key`)));
  });

  it.each([
    [['key', 'export', 'abc'], 'KEYSTORE_NOT_FOUND', 1],
    [['key', 'export', '../../x'], 'KEYSTORE_NOT_FOUND', 1],
    [['key', 'generate', '--scheme', 'dsa'], 'KEY_TYPE', 1],
    [['key', 'generate', '--role', ''], 'TUF_ROLE_NAME', 1],
    [['key', 'generat'], 'USAGE', 2],
    [['key'], 'USAGE', 2],
  ])('%j is %s', async (argv, code, exit) => {
    const ran = await world.writ([...argv, '--json']);
    expect(json(ran)).toMatchObject({ error: { code } });
    expect(ran.code).toBe(exit);
  });
});

describe('writ token issue', () => {
  it('issues what the service takes, for the names given only', async () => {
    const ran = await world.writ([
      'token',
      'issue',
      '--subject',
      'ci',
      '--create',
      'team-*',
      '--lifetime',
      '1h',
      '-q',
    ]);
    const create = (name: string) =>
      world.writ(['init', name, '--json'], { env: { WRIT_TOKEN: ran.stdout.trim() } });
    expect(await create('team-a')).toMatchObject({ code: 0 });
    expect(json(await create('other'))).toMatchObject({ error: { code: 'TOKEN_SCOPE' } });
    await world.writ(['trust', 'remove', 'team-a']);
  });

  it('writes it to a file that only its owner reads', async () => {
    const file = join(world.folder, 'ci-token');
    const ran = await world.writ(['token', 'issue', '--subject', 'ci', '--push', '*', '-o', file]);
    expect(ran.stdout).toMatch(/ci-token holds a token for ci until 20/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^eyJ[\w.-]+\n$/);
  });

  it.each([
    [['--push', 'a'], 'USAGE', 2],
    [['--subject', 'a'], 'USAGE', 2],
    [['--subject', 'a', '--push', 'a', '--lifetime', '3'], 'USAGE', 2],
    [['--subject', 'a', '--push', 'a', '--lifetime', '0d'], 'USAGE', 2],
    [['--subject', 'a', '--push', 'A'], 'TOKEN_REQUEST', 1],
    [['--subject', 'a', '--push', 'a', '--data', '/absent'], 'CLI_FILE', 1],
  ])('%j is %s', async (argv, code, exit) => {
    const ran = await world.writ(['token', 'issue', ...argv, '--json']);
    expect(json(ran)).toMatchObject({ error: { code } });
    expect(ran.code).toBe(exit);
  });
});

describe('writ config print', () => {
  it('shows where each value comes from, and no secret', async () => {
    const config = world.file('writ.yaml', 'listen: 127.0.0.1:5000\nlog: {level: warn}\n');
    const ran = await world.writ(
      ['config', 'print', '--config', config, '--listen', '127.0.0.1:6000', '--json'],
      {
        env: { WRIT_TOKEN: 'secret-token' },
      },
    );
    expect(json(ran)).toMatchObject({
      listen: { value: '127.0.0.1:6000', origin: { source: 'flag', where: '--listen' } },
      'log.level': { value: 'warn', origin: { source: 'file', where: `${config}:2` } },
      state: { value: world.env['WRIT_STATE'], origin: { source: 'environment', where: 'WRIT_STATE' } },
      token: { value: '(set)' },
    });
    expect(ran.stdout).not.toContain('secret-token');
    expect((await world.writ(['config', 'print', '--config', config])).stdout).toMatch(
      /^log\.level +warn +\S+writ\.yaml:2$/m,
    );
  });

  it.each([
    [['--config', '/absent'], {}, 'CONFIG_FILE', 1],
    [['--listen', 'nowhere'], {}, 'USAGE', 2],
    [[], { WRIT_LISTEN: 'nowhere' }, 'CONFIG_INVALID', 1],
  ])('%j with %j is %s', async (argv, env, code, exit) => {
    const ran = await world.writ(['config', 'print', ...argv, '--json'], { env });
    expect(json(ran)).toMatchObject({ error: { code } });
    expect(ran.code).toBe(exit);
  });
});

describe('writ admit', () => {
  const admit = (text: string, ...argv: string[]) => {
    const policy = world.file('policy.yaml', POLICY);
    return world.writ(['admit', '-', '--policy', policy, ...argv], { stdin: text });
  };

  it('allows what is signed, and says what it sets', async () => {
    const { code, stdout } = await admit(pod(IMAGE));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^allowed {2}default\/web\n {2}image +registry\.example\/team\/app:1\n/);
    expect(stdout).toMatch(
      /\n {2}grants +network=user\n {2}profile +writ\/[0-9a-f]{64}\.json\n {2}set: .*\/spec\/containers\/0\/image/,
    );
  });

  it('--json is the answer of the webhook', async () => {
    const answer = json(await admit(pod(IMAGE), '--json')) as { response: { patch: string } };
    expect(answer).toMatchObject({
      kind: 'AdmissionReview',
      response: { allowed: true, patchType: 'JSONPatch' },
    });
    const patch = JSON.parse(Buffer.from(answer.response.patch, 'base64').toString()) as {
      path: string;
      value: unknown;
    }[];
    const digest = createHash('sha256').update(manifestText('app')).digest('hex');
    expect(patch.find(({ path }) => path === '/spec/containers/0/image')?.value).toBe(
      `registry.example/team/app@sha256:${digest}`,
    );
  });

  it('denies what is not signed, and what is signed with more than is allowed: exit 1, the reason, the next step', async () => {
    expect(await admit(pod('registry.example/team/app:2'), '--namespace', 'prod')).toEqual({
      code: 1,
      stderr: '',
      stdout:
        'denied   prod/web\n' +
        '  container "app": registry.example/team/app:2 is not signed by targets of example (policy production) (POLICY_UNSIGNED)\n' +
        '    next: writ sign registry.example/team/app:2 --repository example --role targets\n',
    });
    const wide = await admit(pod('registry.example/team/wide:1'), '--json');
    expect(wide.code).toBe(1);
    expect(json(wide)).toMatchObject({ response: { allowed: false, status: { reason: 'POLICY_EXCESS' } } });
    expect(wide.stdout).toContain('network=admin is signed, network=user is allowed');
  });

  it('reads a review of the API server', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'w' },
      spec: { containers: [{ name: 'a', image: IMAGE }] },
    };
    const review = reviewOf(object, { uid: 'u-1' });
    expect(json(await admit(JSON.stringify(review), '--json'))).toMatchObject({
      response: { uid: 'u-1', allowed: true },
    });
  });

  it('decides from what it verified before when the service is gone, and says so', async () => {
    await world.writ(['trust', 'remove', 'example'], { env: { WRIT_STATE: join(world.folder, 'none') } });
    const policy = world.file('policy.yaml', POLICY);
    const state = join(world.folder, 'state-gone');
    const root = world.file(
      'r.json',
      await (await fetch(`${world.server}/tuf/example/metadata/1.root.json`)).text(),
    );
    await world.writ(['trust', 'add', 'example', '--root', root, '--url', 'http://127.0.0.1:1'], {
      env: { WRIT_STATE: state },
    });
    const ran = await world.writ(['admit', '-', '--policy', policy], {
      stdin: pod(IMAGE),
      env: { WRIT_STATE: state },
    });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^warning: example could not be refreshed: /);
    expect(ran.stdout).toContain('(TRUST_STALE)');
  });

  it.each([
    ['a Deployment', 'kind: Deployment', 'ADMISSION_KIND'],
    ['two documents', `${pod(IMAGE)}---\n${pod(IMAGE)}`, 'CLI_FILE'],
    ['nothing', '', 'CLI_FILE'],
    ['no YAML', 'a: [', 'CLI_FILE'],
    ['a duplicate key', 'kind: Pod\nkind: Pod\n', 'CLI_FILE'],
    ['a duplicate key in JSON', '{"kind":"Pod","kind":"Pod"}', 'JSON_DUPLICATE_KEY'],
    ['aliases', 'kind: &a Pod\nmetadata: {name: *a}', 'CLI_FILE'],
    ['a list', '[]', 'CLI_FILE'],
  ])('%s is an error', async (_what, text, code) => {
    const ran = await admit(text, '--json');
    expect(json(ran)).toMatchObject({ error: { code } });
    expect(ran.code).toBe(1);
  });

  it.each([
    ['{"a":1', "not JSON: Expected ',' or '}'"],
    ['{"kind":"Pod","kind":"Pod"}', 'the key "kind" appears twice'],
    ['{"kind":"AdmissionReview"}', 'the AdmissionReview is malformed: '],
    ['a: [', 'Flow sequence'],
    ['[]', 'holds neither an AdmissionReview nor a Pod'],
    ['', 'is empty'],
  ])('%j is refused with the name of the file', async (text, message) => {
    expect((await admit(text)).stderr).toMatch(/^error: standard input(?::|\b)/);
    const policy = world.file('policy.yaml', POLICY);
    const { stderr } = await world.writ(['admit', world.file('bad', text), '--policy', policy]);
    expect(stderr.startsWith(`error: ${join(world.folder, 'bad')}`)).toBe(true);
    expect(stderr).toContain(message);
  });

  it('an empty document beside the pod does not count', async () => {
    expect(await admit(`---\n${pod(IMAGE)}---\n`)).toMatchObject({ code: 0 });
  });

  it('without any policy is wrong usage; a broken one names file and line', async () => {
    expect(await world.writ(['admit', '-'], { stdin: pod(IMAGE) })).toMatchObject({ code: 2 });
    const broken = world.file('broken.yaml', POLICY.replace('roles', 'rolls'));
    const ran = await world.writ(['admit', '-', '--policy', broken], { stdin: pod(IMAGE) });
    expect(ran.stderr).toMatch(/^error: .*broken\.yaml:6: spec\.trust must have the member roles\n/);
  });
});

describe('writ lookup', () => {
  const NODE = ['--arch', 'amd64', '--runtime', 'runc-1.1'];

  it('names the profile, and fetches it by its digest', async () => {
    const answer = json(await world.writ(['lookup', IMAGE, ...NODE, '--json']));
    expect(answer).toMatchObject({ repository: 'example', role: 'targets', grants: { network: 'user' } });
    const { stdout } = await world.writ(['lookup', IMAGE, ...NODE, '--profile']);
    expect(`sha256:${createHash('sha256').update(stdout).digest('hex')}`).toBe(answer['profile']);
    const out = join(world.folder, 'p.json');
    await world.writ(['lookup', String(answer['digest']), ...NODE, '-o', out]);
    expect(readFileSync(out, 'utf8')).toBe(stdout);
    const compiled = await run(['profile', 'compile', '--grant', 'network=user', ...NODE]);
    expect(compiled.stdout).toBe(stdout);
  });

  it.each([
    [['registry.example/team/app:2', ...NODE], 'LOOKUP_UNKNOWN'],
    [['elsewhere.example/app:2', ...NODE], 'LOOKUP_REFUSED'],
    [['registry.example/team/wide:1', ...NODE], 'LOOKUP_REFUSED'],
    [[IMAGE, '--arch', 'vax', '--runtime', 'runc-1.1'], 'PROFILE_ARCHITECTURE'],
    [[IMAGE, ...NODE, '--namespace', 'Not A Namespace'], 'LOOKUP_QUESTION'],
    [[IMAGE, ...NODE, '--server', 'ftp://x'], 'USAGE'],
  ])('%j is %s', async (argv, code) => {
    const ran = await world.writ(['lookup', ...argv, '--json']);
    expect(json(ran)).toMatchObject({ error: { code } });
  });
});

describe('what is generated from the commands', () => {
  it('the reference has every command and every option', () => {
    const text = renderReference();
    for (const { name, summary } of COMMANDS) {
      expect(text).toContain(`\n## writ ${name}\n`);
      expect(text).toContain(`(#writ-${name.replaceAll(' ', '-')}) | ${summary} |`);
    }
    expect(text).toContain('--admission-listen HOST:PORT');
    expect(text.endsWith('```\n')).toBe(true);
  });

  it.each(['bash', 'zsh', 'fish'])('completion for %s has every command and option', async shell => {
    const { code, stdout } = await run(['completion', shell]);
    expect(code).toBe(0);
    for (const { name, load } of COMMANDS) {
      for (const word of name.split(' ')) expect(stdout).toContain(word);
      const { command } = await load();
      for (const option of Object.keys(command.options))
        expect(stdout).toContain(shell === 'fish' ? `-l ${option} ` : `--${option}`);
    }
  });
});
