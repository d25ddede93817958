/** Defects of Notary's client that are not this client's, each shown with the real programs where they show it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { client, fileOf, GUN } from '../notary/client.js';
import { PASSPHRASES } from '../support/notary-steps.js';
import { startNotaryServer, type RealNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';
import { builtWrit, temporaryFolder } from './writ-serve.js';

const WRIT_NOTARY = [process.execPath, builtWrit(), 'notary'];

interface Ran {
  readonly exit: number | null;
  readonly output: string;
}

/** One command with a trust folder; it does not block, since servers may run in this process. */
function run(
  program: readonly string[],
  trust: string,
  server: string,
  args: readonly string[],
): Promise<Ran> {
  const [file = '', ...words] = program;
  const child = spawn(file, [...words, '-d', trust, '-s', server, ...args], {
    cwd: dirname(trust),
    env: { ...PASSPHRASES, HOME: dirname(trust), PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output += text.toString()));
  }
  return new Promise(resolve => {
    child.once('close', exit => {
      resolve({ exit, output });
    });
  });
}

async function withRealServer<T>(use: (server: RealNotaryServer) => Promise<T>): Promise<T> {
  const server = await startNotaryServer();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** A trust folder below another folder, in which nothing must appear. */
function nested(): { readonly trust: string; readonly around: string } {
  const around = temporaryFolder();
  const trust = join(around, 'home', 'trust');
  mkdirSync(join(around, 'home'));
  return { trust, around };
}

describeWith(['notary', 'notary-server'], 'must beat, row 4: a name leads out of the trust folder', () => {
  const NAME = '../../..';

  it('notary writes there', async () => {
    await withRealServer(async ({ url }) => {
      const { trust, around } = nested();
      await run(['notary'], trust, url, ['init', NAME]);
      expect(existsSync(join(around, 'metadata'))).toBe(true);
    });
  });

  it.each([NAME, '/etc/passwd', 'a/../../b', 'a//b', './a', 'a/..', '..\\..\\a'])(
    'writ notary refuses %s, and writes nothing',
    async name => {
      await withRealServer(async ({ url }) => {
        const { trust, around } = nested();
        for (const verb of [['init'], ['add', 't', 'f'], ['status'], ['delete'], ['list']]) {
          const [first = '', ...rest] = verb;
          writeFileSync(join(dirname(trust), 'f'), 'x');
          const { exit, output } = await run(WRIT_NOTARY, trust, url, [first, name, ...rest]);
          expect([verb, exit, output]).toEqual([
            verb,
            1,
            expect.stringContaining('has no place in a trust folder'),
          ]);
        }
        expect(readdirSync(around)).toEqual(['home']);
        expect(readdirSync(join(around, 'home'))).toEqual(['f']);
      });
    },
  );
});

/** Custom data that `notary` signs in a form of its own. */
const CUSTOMS: Readonly<Record<string, string>> = {
  'unsorted keys': '{"b":1,"a":2}',
  'nested unsorted keys': '{"a":{"z":1,"b":[{"d":1,"c":2}]}}',
  'white space': '{ "a" : 1 }\n',
  'less than': '{"a":"1 < 2"}',
  'greater than': '{"a":"2 > 1"}',
  ampersand: '{"a":"b & c"}',
  'an escape': '{"a":"\\u0062"}',
  'an escape of more than ASCII': '{"a":"\\u00e9"}',
  'two surrogates': '{"a":"\\ud83d\\ude00"}',
  'a line separator': '{"a":"\\u2028"}',
  'an escaped slash': '{"a":"b\\/c"}',
  'an escaped quote': '{"a":"b\\"c\\\\d"}',
  'a tab': '{"a":"b\\tc"}',
  'a line break': '{"a":"b\\nc"}',
  'a NUL': '{"a":"\\u0000"}',
  DEL: '{"a":"\\u007f"}',
  'a negative number': '{"a":-5}',
  'the largest integer that a double holds': '{"a":9007199254740991}',
  'no object': '"text"',
  'a list': '[3,2,1]',
  nothing: 'null',
  'an empty key': '{"":1}',
  'a name with <, > and &': '{}',
};
const REFUSED: Readonly<Record<string, string>> = {
  'a fraction': '{"a":1.5}',
  'a fraction of nothing': '{"a":1.0}',
  'an exponent': '{"a":1e3}',
  'more than a double holds': '{"a":9007199254740993}',
  'more than 64 bits': '{"a":18446744073709551616}',
  'a key twice': '{"a":1,"a":2}',
  'half a surrogate pair': '{"a":"\\ud83d"}',
  'minus nothing': '{"a":-0}',
  'two values': '{} {}',
  'no JSON': 'text',
};

describeWith(['notary', 'notary-server'], 'must beat, row 7: custom data poisons the change list', () => {
  it('that of notary', async () => {
    await withRealServer(async ({ url }) => {
      const { trust } = nested();
      writeFileSync(join(dirname(trust), 'custom'), CUSTOMS['unsorted keys'] ?? '');
      writeFileSync(join(dirname(trust), 'f'), 'x');
      for (const args of [
        ['init', GUN],
        ['publish', GUN],
        ['add', GUN, 'v1', 'f', '--custom', 'custom'],
      ]) {
        expect((await run(['notary'], trust, url, args)).exit).toBe(0);
      }
      for (let again = 0; again < 2; again++)
        expect((await run(['notary'], trust, url, ['publish', GUN])).exit).toBe(1);
    });
  });

  it.each(['the client', 'the server'])(
    'writ notary signs it so that every server takes it, and clients read it; %s signs the snapshot',
    async snapshot => {
      await withRealServer(async ({ url }) => {
        const { trust } = nested();
        const say = async (args: readonly string[]): Promise<void> => {
          const { exit, output } = await run(WRIT_NOTARY, trust, url, args);
          expect([args.join(' '), exit, output]).toEqual([args.join(' '), 0, output]);
        };
        await say(['init', GUN, '-p']);
        if (snapshot === 'the server') await say(['key', 'rotate', GUN, 'snapshot', '-r']);
        writeFileSync(join(dirname(trust), 'f'), 'x');
        for (const [name, custom] of Object.entries(CUSTOMS)) {
          writeFileSync(join(dirname(trust), 'custom'), custom);
          await say(['add', GUN, name, 'f', '--custom', 'custom', '-p']);
          const listed = await run(['notary'], join(dirname(trust), 'reader'), url, ['list', GUN]);
          expect([name, listed.exit, listed.output]).toEqual([name, 0, expect.stringContaining(name)]);
        }
      });
    },
  );

  it.each(Object.entries(REFUSED))(
    'writ notary refuses %s when it is added, and stages nothing',
    async (_name, custom) => {
      const { trust } = nested();
      writeFileSync(join(dirname(trust), 'custom'), custom);
      writeFileSync(join(dirname(trust), 'f'), 'x');
      const added = await run(WRIT_NOTARY, trust, 'http://127.0.0.1:1', [
        'add',
        GUN,
        'v1',
        'f',
        '--custom',
        'custom',
      ]);
      expect(added).toEqual({
        exit: 1,
        output: expect.stringContaining('custom data cannot be signed') as string,
      });
      expect((await run(WRIT_NOTARY, trust, 'http://127.0.0.1:1', ['status', GUN])).output).toContain(
        'No unpublished',
      );
    },
  );
});

describeWith(['notary', 'notary-server'], 'must beat: zeros at the end of an expiry lose documents', () => {
  it.each(['.130Z', '.100Z', '.000Z', '.001Z'])('not those of this client: %s', async fraction => {
    await withRealServer(async ({ url }) => {
      const clock = { now: () => new Date(new Date().toISOString().replace(/\.\d+Z$/, fraction)) };
      const { repository } = await client({ server: url, clock });
      await repository.initialize();
      await repository.addTarget('v1', fileOf('one'));
      await repository.publish();
      await repository.rotateKey({ role: 'snapshot', serverManaged: true });
      await repository.rotateKey({ role: 'root', serverManaged: false });
      await repository.addTarget('v2', fileOf('two'));
      await repository.publish();
      const { repository: reader } = await client({ server: url, access: 'pull' });
      expect((await reader.read()).targets().map(({ name }) => name)).toEqual(['v1', 'v2']);
      const listed = await run(['notary'], nested().trust, url, ['list', GUN]);
      expect([listed.exit, listed.output]).toEqual([0, expect.stringContaining('v2')]);
    });
  });
});
