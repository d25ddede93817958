/** `writ notary`: flags as Notary's own parser takes them, configuration, prompts, help. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFlags, type Flags } from '../../src/cli/notary/flags.js';
import { readConfig } from '../../src/cli/notary/config.js';
import { GLOBAL_FLAGS } from '../../src/cli/notary/flags.js';
import { VERBS } from '../../src/cli/notary/verbs.js';
import { NotaryKeyFolder } from '../../src/keystore/notary-key-folder.js';
import { temporary } from '../notary/client.js';
import { run, type FakeOptions, type Ran } from './support.js';

const notary = (args: readonly string[], options: FakeOptions = {}): Promise<Ran> =>
  run(['notary', ...args], options);

const FLAGS: Flags = {
  ...GLOBAL_FLAGS,
  publish: { kind: 'bool', short: 'p', help: '' },
  roles: { kind: 'strings', short: 'r', help: '' },
  number: { kind: 'ints', short: 'n', help: '' },
  legacy: { kind: 'int', short: 'l', help: '' },
};

describe('flags', () => {
  it('stand anywhere, in every form', () => {
    const given = parseFlags(
      ['a', '-p', '-ra,b', '--roles=c', '--roles', '"d,e",""', 'b', '-n', '1,2', '-l', '-1', '--', '-x'],
      FLAGS,
    );
    expect(given.args).toEqual(['a', 'b', '-x']);
    expect(given.list('roles')).toEqual(['a', 'b', 'c', 'd,e', '']);
    expect([given.is('publish'), given.list('number'), given.number('legacy')]).toEqual([
      true,
      ['1', '2'],
      -1,
    ]);
    expect(parseFlags(['--publish=false'], FLAGS).is('publish')).toBe(false);
    const short = parseFlags(['-p=false', '-r=a=b', '-pn=1', 'x', '-s', '-p=1', '-shttp://y=z'], FLAGS);
    expect([short.is('publish'), short.list('roles'), short.list('number'), short.args]).toEqual([
      true,
      ['a=b'],
      ['1'],
      ['x'],
    ]);
    expect(parseFlags(['-s', '-p=0', '--', '-p=0'], FLAGS).args).toEqual(['-p=0']);
    expect([parseFlags(['--roles', ''], FLAGS).list('roles'), parseFlags([], FLAGS).has('roles')]).toEqual([
      [],
      false,
    ]);
  });

  it.each([
    [['--bogus'], 'unknown flag: --bogus'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['-p='], "unknown shorthand flag: '=' in -="],
    [['-x=1'], "unknown shorthand flag: 'x' in -x"],
    [['-r'], "flag needs an argument: 'r' in -r"],
    [['--roles'], 'flag needs an argument: --roles'],
    [
      ['--publish=x'],
      'invalid argument "x" for "-p, --publish" flag: strconv.ParseBool: parsing "x": invalid syntax',
    ],
    [
      ['-l', 'x'],
      'invalid argument "x" for "-l, --legacy" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      ['-n', '1,x'],
      'invalid argument "1,x" for "-n, --number" flag: strconv.Atoi: parsing "x": invalid syntax',
    ],
  ])('%j: %s', (argv, message) => {
    expect(() => parseFlags(argv, FLAGS)).toThrow(message);
  });
});

describe('help', () => {
  const folder = 'test/golden/notary-v1/cli-help';
  const recorded = readdirSync(folder).map(name => [
    name.replace(/^notary_?|\.txt$/g, '').replaceAll('_', ' '),
    readFileSync(join(folder, name), 'utf8'),
  ]);
  const names = (text: string): string[] =>
    [...text.matchAll(/^ +(?:-(\w), )?--([\w-]+)( \w+)?/gm)].map(([all]) => all.trim());

  it.each(recorded)(
    'of "notary %s" has every flag of the recording, in its form',
    async (words = '', text = '') => {
      const { code, stdout, stderr } = await notary([
        ...words.split(' ').filter(word => word !== ''),
        '--help',
      ]);
      expect([code, stderr]).toEqual([0, '']);
      if (words !== 'help') expect(names(stdout).sort()).toEqual(expect.arrayContaining(names(text)));
      const commands = /Available Commands:\n((?: {2}\S.*\n)+)/.exec(text)?.[1] ?? '';
      for (const [, command = ''] of commands.matchAll(/^ {2}(\S+)/gm))
        expect(stdout).toContain(`  ${command} `);
    },
  );

  it('is there for every verb, and in four shells', async () => {
    expect(VERBS.map(({ name }) => name)).toHaveLength(28);
    for (const { name } of VERBS) {
      const { code, stdout } = await notary(['help', ...name.split(' ')]);
      expect([name, code]).toEqual([name, 0]);
      expect(stdout).toContain(`notary ${name}`);
    }
    for (const shell of ['bash', 'fish', 'powershell', 'zsh']) {
      expect((await notary(['completion', shell])).stdout).toContain('delegation');
    }
    expect((await notary([])).stdout).toContain('Available Commands:');
    expect((await notary(['--version'])).stdout).toMatch(/^notary Version: /);
    expect((await notary(['version'])).stdout).toMatch(/^notary\n Version: /);
  });
});

describe('wrong usage', () => {
  const HOME = temporary();

  it.each([
    [['list'], 'Must specify a GUN'],
    [['add', 'a', 'b'], 'Must specify a GUN, target, and path to target data'],
    [
      ['addhash', 'a', 'b', '12'],
      'Must specify a GUN, target, byte size of target data, and at least one hash',
    ],
    [['reset', 'a'], 'Must specify changes to reset with -n or the --all flag'],
    [['witness', 'a'], 'Please provide a GUN and at least one role to witness'],
    [['delegation', 'purge', 'a'], 'Please provide at least one key ID to be removed using the --key flag'],
    [['key', 'list', 'extra'], ''],
    [['key', 'rotate', 'a'], 'Must specify a GUN and a key role to rotate'],
  ])('%j shows the usage and why', async (args, message) => {
    const { code, stdout } = await notary(args, { env: { HOME } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Usage:\n {2}notary /);
    expect(stdout.endsWith(`\n\n* fatal: ${message}\n`)).toBe(true);
  });

  it.each([
    [['bogus'], 'unknown command "bogus" for "notary"'],
    [['addhash', 'a', 'b', 'c', '--sha256', 'xx'], 'strconv.ParseInt: parsing "c": invalid syntax'],
    [['addhash', 'a', 'b', '1', '--sha256', 'xx'], 'invalid sha256 hex contents provided'],
    [['addhash', 'a', 'b', '08', '--sha256', 'xx'], 'strconv.ParseInt: parsing "08": invalid syntax'],
    [['addhash', 'a', 'b', '1__0', '--sha256', 'xx'], 'strconv.ParseInt: parsing "1__0": invalid syntax'],
    [
      ['addhash', 'a', 'b', '9007199254740992', '--sha256', 'xx'],
      'strconv.ParseInt: parsing "9007199254740992": value out of range',
    ],
    [['remove', 'a'], 'Must specify a GUN and target'],
    [['key', 'remove', '123'], 'invalid key ID provided: 123'],
    [['key', 'generate', 'rsa'], 'Algorithm not allowed, possible values are: ECDSA'],
    [
      ['key', 'export', '--key', 'a', '--gun', 'b'],
      'Only the --gun or --key flag may be provided, not a mix of the two flags',
    ],
    [['delegation', 'remove', 'a', 'targets/UP'], 'invalid delegation name targets/UP'],
    [['delegation', 'add', 'a', 'targets/x', '/nowhere'], 'file for public key does not exist: /nowhere'],
    [['add', 'a', 'b', '/nowhere'], 'open /nowhere: no such file or directory'],
    [['--tlscert', 'x', 'list', 'a'], 'either pass both client key and cert, or neither'],
    [
      ['-s', 'localhost:1', 'list', 'a'],
      'Trust server url has to be in the form of http(s)://URL:PORT. Got: localhost:1',
    ],
  ])('%j says %s, and what to do about it', async (args, message) => {
    expect(await notary(args, { env: { HOME } })).toMatchObject({
      code: 1,
      stdout: `\n* fatal: ${message}\n`,
      stderr: expect.stringMatching(/^hint: .+\n$/) as string,
    });
  });

  it.each([
    ['010', 8],
    ['0x10', 16],
    ['0b11', 3],
    ['0o17', 15],
    ['1_000', 1000],
    ['+5', 5],
    ['0', 0],
  ])('a length of %s is %d, as Go reads it', async (text, length) => {
    const home = temporary();
    const hash = '0'.repeat(64);
    const { code } = await notary(['addhash', 'a', 'b', text, '--sha256', hash], { env: { HOME: home } });
    const folder = join(home, '.notary/tuf/a/changelist');
    const [name = ''] = readdirSync(folder);
    const { data } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { data: string };
    const staged = JSON.parse(Buffer.from(data, 'base64').toString()) as { length: number };
    expect([code, staged.length]).toEqual([0, length]);
  });
});

describe('a change list of which one file holds no change', () => {
  it('is listed all the same, with its place and the way out', async () => {
    const HOME = temporary();
    const env = { HOME };
    const file = join(HOME, 'file');
    writeFileSync(file, 'x');
    for (const name of ['v1', 'v2']) await notary(['add', 'a', name, file], { env });
    const folder = join(HOME, '.notary/tuf/a/changelist');
    writeFileSync(join(folder, '00_half.change'), '{"action":');
    const { code, stdout, stderr } = await notary(['status', 'a'], { env });
    expect([code, stdout.match(/^\d.*$/gm)]).toEqual([
      0,
      ['1    create    targets    target    v1', '2    create    targets    target    v2'],
    ]);
    expect(stderr).toMatch(/00_half\.change cannot be read.*`notary reset a -n 0` takes it back/);
    expect((await notary(['reset', 'a', '-n', '0'], { env })).code).toBe(0);
    expect(readdirSync(folder)).toHaveLength(2);
    expect((await notary(['status', 'a'], { env })).stderr).toBe('');
  });
});

describe('the configuration', () => {
  const given = (args: readonly string[]): ReturnType<typeof parseFlags> => parseFlags(args, GLOBAL_FLAGS);

  it('is ~/.notary/config.json, then the environment, then flags', async () => {
    const home = temporary();
    const file = join(home, 'config.json');
    writeFileSync(
      file,
      JSON.stringify({
        trust_dir: '~/trust',
        remote_server: { url: 'https://file:1', root_ca: 'ca.crt', skipTLSVerify: true },
        trust_pinning: { certs: { 'a/*': ['1'] }, ca: { a: 'ca.pem' }, disable_tofu: true },
      }),
    );
    const env = { HOME: home };
    const config = await readConfig(given(['-c', file]), env);
    expect(config).toEqual({
      trustFolder: join(home, 'trust'),
      server: 'https://file:1',
      rootCa: join(home, 'ca.crt'),
      clientCert: '',
      clientKey: '',
      skipVerification: true,
      pinning: {
        certs: new Map([['a/*', ['1']]]),
        ca: new Map([['a', join(home, 'ca.pem')]]),
        disableTofu: true,
      },
    });
    const moved = { ...env, NOTARY_REMOTE_SERVER_URL: 'https://env:1', NOTARY_TRUST_DIR: '/env' };
    expect(await readConfig(given(['-c', file]), moved)).toMatchObject({
      server: 'https://env:1',
      trustFolder: '/env',
    });
    const flags = ['-c', file, '-s', 'https://flag:1', '-d', '/flag', '--tlscacert', '/flag/ca'];
    expect(await readConfig(given(flags), moved)).toMatchObject({
      server: 'https://flag:1',
      trustFolder: '/flag',
      rootCa: '/flag/ca',
    });
    expect(await readConfig(given([]), { HOME: home })).toMatchObject({
      server: 'https://notary-server:4443',
      trustFolder: join(home, '.notary'),
    });
  });

  it.each([
    '{',
    '{"trust_pinning":{"certs":{"a":"b"}}}',
    '{"trust_pinning":{"ca":{"a":1}}}',
    '{"trust_dir":[1]}',
  ])('is refused when it is %s', async text => {
    const file = join(temporary(), 'config.json');
    writeFileSync(file, text);
    await expect(readConfig(given(['-c', file]), {})).rejects.toMatchObject({ code: 'NOTARY_CONFIG' });
  });

  it('may be YAML, by its name; its own names count in any case of letters', async () => {
    const folder = temporary();
    const read = async (name: string, text: string): ReturnType<typeof readConfig> => {
      writeFileSync(join(folder, name), text);
      return readConfig(given(['-c', join(folder, name)]), {});
    };
    const yaml =
      'Trust_Dir: /t\nremote_server:\n  URL: https://y:1\n  skiptlsverify: true\ntrust_pinning:\n' +
      '  disable_tofu: 1\n  certs:\n    A/b: [x]\n';
    const expected = {
      trustFolder: '/t',
      server: 'https://y:1',
      skipVerification: true,
      pinning: { certs: new Map([['A/b', ['x']]]), disableTofu: true },
    };
    expect(await read('c.yaml', yaml)).toMatchObject(expected);
    expect(await read('c.YML', yaml)).toMatchObject(expected);
    expect(await read('empty.yml', '')).toMatchObject({ server: 'https://notary-server:4443' });
    await expect(read('c.json', yaml)).rejects.toThrow(/c\.json: not JSON/);
    await expect(read('c.yaml', 'a: [')).rejects.toThrow(/c\.yaml:1: /);
    await expect(read('c.toml', 'trust_dir = "/t"')).rejects.toThrow('only JSON and YAML are read');
  });

  it('must be there where it is named', async () => {
    await expect(readConfig(given(['-c', '/nowhere']), {})).rejects.toMatchObject({ code: 'NOTARY_CONFIG' });
  });
});

describe('pass-phrases', () => {
  it('are asked for twice at a terminal, until they are long enough and the same', async () => {
    const HOME = temporary();
    const types = ['short', 'long enough 1', 'another one 1', 'long enough 1', 'long enough 1'];
    const made = await notary(['key', 'generate', '-r', 'targets'], {
      env: { HOME },
      types: types.map(line => `${line}\n`),
    });
    const [, id = ''] = /keyID: (\w+)/.exec(made.stdout) ?? [];
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain('Passphrase is too short.');
    expect(made.stdout).toContain('Passphrases do not match.');
    const folder = new NotaryKeyFolder(join(HOME, '.notary'));
    expect((await folder.open(id, 'long enough 1')).id).toBe(id);
  });

  it('that are wrong are asked for again; then the new one is chosen', async () => {
    const HOME = temporary();
    const env = { HOME, NOTARY_TARGETS_PASSPHRASE: 'the old one' };
    const [, id = ''] =
      /keyID: (\w+)/.exec((await notary(['key', 'generate', '-r', 'targets'], { env })).stdout) ?? [];
    const types = ['wrong', 'the old one', 'the new one', 'the new one'];
    const changed = await notary(['key', 'passwd', id], {
      env: { HOME },
      types: types.map(line => `${line}\n`),
    });
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.stdout).toContain('Passphrase incorrect. Please retry.');
    const folder = new NotaryKeyFolder(join(HOME, '.notary'));
    expect((await folder.open(id, 'the new one')).id).toBe(id);
  });

  it('come from the variable of the role; without one, and without a terminal, there is none', async () => {
    const HOME = temporary();
    const env = {
      HOME,
      NOTARY_DELEGATION_PASSPHRASE: 'of delegations',
      NOTARY_ROOT_PASSPHRASE: 'of the root',
    };
    const folder = new NotaryKeyFolder(join(HOME, '.notary'));
    for (const [role, phrase] of [
      ['alice', 'of delegations'],
      ['root', 'of the root'],
    ] as const) {
      const [, id = ''] =
        /keyID: (\w+)/.exec((await notary(['key', 'generate', '-r', role], { env })).stdout) ?? [];
      expect((await folder.open(id, phrase)).id).toBe(id);
    }
    const none = await notary(['key', 'generate', '-r', 'snapshot'], { env });
    expect([none.code, none.stdout]).toEqual([1, expect.stringContaining('no pass-phrase is chosen')]);
  });

  it('a key goes after a yes only', async () => {
    const HOME = temporary();
    const env = { HOME, NOTARY_ROOT_PASSPHRASE: 'of the root' };
    const [, id = ''] = /keyID: (\w+)/.exec((await notary(['key', 'generate'], { env })).stdout) ?? [];
    const kept = await notary(['key', 'remove', id], { env, stdin: 'no\n' });
    expect(kept.stdout).toContain('(yes/no)  \nAborting action.');
    const gone = await notary(['key', 'remove', id], { env, stdin: 'yes\n' });
    expect(gone.stdout).toContain(`Deleted ${id} (role root) from ${join(HOME, '.notary', 'private')}.`);
    expect(await notary(['key', 'list'], { env })).toMatchObject({ stdout: '\nNo signing keys found.\n\n' });
    expect((await notary(['key', 'remove', id], { env })).code).toBe(1);
  });
});
