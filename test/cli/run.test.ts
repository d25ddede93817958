import { describe, expect, it } from 'vitest';
import { commandGroups } from '../../src/cli/command-words.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { run } from './support.js';

const failure = (ran: { stdout: string }): unknown => (JSON.parse(ran.stdout) as { error: unknown }).error;

describe('writ without a command', () => {
  it('says that one is missing, and exits 2', async () => {
    expect(await run([])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: no command is given\nhint: see `writ --help`\n',
    });
  });

  it('--version prints the version of package.json', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: 'writ 0.1.0\n', stderr: '' });
    expect(JSON.parse((await run(['--version', '--json'])).stdout)).toEqual({ version: '0.1.0' });
  });

  it.each([[['--help']], [['-h']], [['help']], [['--json', '--help']]])(
    '%j lists every command',
    async argv => {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const { name, summary } of COMMANDS)
        expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'));
    },
  );

  it('refuses an unknown option before it says that the command is missing', async () => {
    expect((await run(['--jsno'])).stderr).toBe(
      'error: unknown option --jsno\nhint: did you mean --json? see `writ --help`\n',
    );
  });
});

describe('an unknown command', () => {
  it('exits 2 and suggests the nearest', async () => {
    expect(await run(['complition'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: there is no command `writ complition`\nhint: did you mean `writ completion`? see `writ --help`\n',
    });
  });

  it('with --json is an error object on stdout, and nothing on stderr', async () => {
    const ran = await run(['banana', '--json']);
    expect(ran).toMatchObject({ code: 2, stderr: '' });
    expect(failure(ran)).toEqual({
      code: 'USAGE',
      message: 'there is no command `writ banana`',
      hint: 'see `writ --help`',
    });
  });

  it('cannot steer the terminal with its name', async () => {
    expect((await run(['\u001b[2J'])).stderr).toBe(
      'error: there is no command `writ \\u001b[2J`\nhint: see `writ --help`\n',
    );
  });
});

describe('options', () => {
  it.each([
    [
      ['completion', 'bash', '--jsn'],
      'unknown option --jsn',
      'did you mean --json? see `writ completion --help`',
    ],
    [['completion', 'bash', '-x'], 'unknown option -x', 'see `writ completion --help`'],
    [['completion', 'bash', '--json=1'], '--json takes no value', 'see `writ completion --help`'],
    [
      ['completion', 'bash', '--config'],
      '--config needs a value: --config FILE',
      'see `writ completion --help`',
    ],
    [
      ['completion', 'bash', '--config', '--json'],
      '--config needs a value: --config FILE',
      'see `writ completion --help`',
    ],
    [
      ['completion', 'bash', '--state', 'a', '--state=b'],
      '--state is given twice',
      'see `writ completion --help`',
    ],
    [['completion'], 'writ completion lacks an argument', 'usage: writ completion bash|zsh|fish'],
    [
      ['completion', 'bash', 'zsh'],
      'writ completion does not take the argument "zsh"',
      'usage: writ completion bash|zsh|fish',
    ],
    [['completion', 'csh'], 'there is no completion for the shell "csh"', 'write one of bash, zsh, fish'],
  ])('%j: %s', async (argv, message, hint) => {
    const { code, stdout, stderr } = await run(argv);
    expect(code).toBe(2);
    expect(argv.includes('--json') ? failure({ stdout }) : stderr).toEqual(
      argv.includes('--json') ? { code: 'USAGE', message, hint } : `error: ${message}\nhint: ${hint}\n`,
    );
  });

  it('may stand before the command', async () => {
    const plain = await run(['completion', 'bash']);
    expect(await run(['--state', '/x', '-q', 'completion', 'bash'])).toEqual(plain);
    expect(await run(['completion', '--state=/x', 'bash', '-qv'])).toEqual(plain);
    expect(plain.code).toBe(0);
  });

  it('end at --', async () => {
    expect((await run(['completion', '--', '--json'])).stderr).toContain('the shell "--json"');
  });

  it('-v names the code', async () => {
    expect((await run(['completion', 'csh', '-qv'])).stderr).toMatch(/\ncode: USAGE\n$/);
  });
});

describe('help of a command', () => {
  it.each([[['completion', '--help']], [['help', 'completion']], [['completion', 'nonsense', '-h']]])(
    '%j',
    async argv => {
      const { code, stdout } = await run(argv);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^Print a completion script for a shell\.\n\nUsage: writ completion bash\|zsh\|fish\n/,
      );
    },
  );

  it.each(COMMANDS.map(({ name }) => [name]))(
    'writ help %s has usage, description and examples',
    async name => {
      const { code, stdout, stderr } = await run(['help', ...name.split(' ')]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`\nUsage: writ ${name}`);
      expect(stdout).toMatch(/\nExamples?:\n {2}\S/);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    },
  );

  it.each(COMMANDS.filter(({ raw }) => raw === undefined).map(({ name }) => [name]))(
    'writ %s --help says the same',
    async name => {
      const [asked, told] = [
        await run([...name.split(' '), '--help']),
        await run(['help', ...name.split(' ')]),
      ];
      expect(asked).toEqual(told);
    },
  );

  it.each([[], ...commandGroups(COMMANDS).map(group => group.split(' '))])(
    'writ %s %s --help has examples, and they are of commands that there are',
    async (...words) => {
      const { code, stdout } = await run([...words, '--help']);
      const examples =
        stdout
          .split(/^Examples?:\n/m)[1]
          ?.split('\n\n')[0]
          ?.split('\n') ?? [];
      expect({ code, none: examples.length === 0 }).toEqual({ code: 0, none: false });
      const start = `writ ${words.join(' ')}`.trimEnd();
      for (const example of examples) {
        expect(example).toContain(start);
        const named = example.slice(example.indexOf('writ ') + 'writ '.length);
        expect(COMMANDS.some(({ name }) => `${named} `.startsWith(`${name} `))).toBe(true);
      }
    },
  );

  it('of an unknown one exits 2', async () => {
    expect((await run(['help', 'sgin'])).code).toBe(2);
  });
});
