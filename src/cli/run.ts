/** `writ COMMAND …`: find the command, parse its options, run it, turn what happened into an exit code. */
import { ERROR_CATALOGUE, isWritError, WritError } from '../errors.js';
import type { Command, CommandEntry, RawValues, Context } from './command.js';
import { nextWords } from './command-words.js';
import { mayNameCatalogue } from '../config/default-file.js';
import type { LoadedConfig } from '../config/types.js';
import { GLOBAL_OPTIONS } from './globals.js';
import type { CliIo } from './io.js';
import { Output } from './output.js';
import { parseOptions } from './parse.js';
import type { Services } from './services.js';
import { suggest } from '../entitlements/suggest.js';

/** What the roof hands in. */
export interface Surroundings {
  readonly io: CliIo;
  /** Rooms that the command line must not import. */
  readonly services: Services;
  /** The table of commands. */
  readonly commands: readonly CommandEntry[];
}

/**
 * Run one command line.
 *
 * @param argv - what follows `writ`
 * @returns the exit code: 0 yes or done, 1 no or failed, 2 wrong usage; never throws
 */
export async function runCli(
  argv: readonly string[],
  { io, services, commands }: Surroundings,
): Promise<number> {
  const raw = commands.find(({ name }) => name === argv[0])?.raw;
  if (raw !== undefined) return (await raw()).run(argv.slice(1), io);
  const out = new Output(io, outputOptions(argv));
  try {
    return await dispatch(argv, { io, out, services, commands });
  } catch (error) {
    return out.failure(error);
  }
}

/** Read before the options are known to be right, so that also "wrong option" is told in the form asked for. */
function outputOptions(argv: readonly string[]): { json: boolean; quiet: boolean; verbose: boolean } {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const has = (name: string, short: RegExp): boolean => flags.some(flag => flag === name || short.test(flag));
  return {
    json: flags.includes('--json'),
    quiet: has('--quiet', /^-[hqv]*q[hqv]*$/),
    verbose: has('--verbose', /^-[hqv]*v[hqv]*$/),
  };
}

interface Parts extends Surroundings {
  readonly out: Output;
}

async function dispatch(argv: readonly string[], parts: Parts): Promise<number> {
  const { words, rest } = splitWords(argv);
  const [first] = words;
  if (first === undefined) return withoutCommand(rest, parts);
  if (first === 'help') return explain(words.slice(1), parts);
  const found = findCommand(words, parts.commands);
  if (found.kind === 'group') {
    if (wantsHelp(rest)) return explain([found.name], parts);
    throw new WritError('USAGE', `writ ${found.name} needs a command`, {
      hint: `see \`writ ${found.name} --help\``,
    });
  }
  if (wantsHelp(rest)) return explain([found.entry.name], parts);
  const { command } = await found.entry.load();
  return runCommand(found.entry, command, [...words.slice(found.used), ...rest], parts);
}

/**
 * The leading words, and what follows them. Global options may stand before the command; they move behind it.
 * Words stop at the first option behind the command.
 */
function splitWords(argv: readonly string[]): { words: string[]; rest: string[] } {
  const before: string[] = [];
  let index = 0;
  while (index < argv.length && /^-./.test(argv[index] ?? '') && argv[index] !== '--') {
    const flag = argv[index] ?? '';
    before.push(flag);
    index++;
    if (takesValue(flag) && index < argv.length) before.push(argv[index++] ?? '');
  }
  const words: string[] = [];
  while (index < argv.length && !/^-./.test(argv[index] ?? '')) words.push(argv[index++] ?? '');
  return { words, rest: [...before, ...argv.slice(index)] };
}

const takesValue = (flag: string): boolean =>
  Object.entries(GLOBAL_OPTIONS).some(([name, spec]) => spec.type === 'string' && flag === `--${name}`);

function wantsHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf('--');
  return (end === -1 ? rest : rest.slice(0, end)).some(flag => flag === '--help' || flag === '-h');
}

async function withoutCommand(rest: readonly string[], { io, out, commands }: Parts): Promise<number> {
  if (rest.includes('--version')) {
    const { VERSION } = await import('./version.js');
    out.result({ version: VERSION }, () => `writ ${VERSION}`);
    return 0;
  }
  const { overview } = await import('./help.js');
  if (wantsHelp(rest)) {
    io.stdout.write(`${overview(commands)}\n`);
    return 0;
  }
  parseOptions(rest, GLOBAL_OPTIONS, 'writ');
  throw new WritError('USAGE', 'no command is given', { hint: 'see `writ --help`' });
}

type Found =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly used: number }
  | { readonly kind: 'group'; readonly name: string };

/** @throws WritError USAGE when there is no such command */
function findCommand(words: readonly string[], commands: readonly CommandEntry[]): Found {
  for (const used of [3, 2, 1]) {
    const entry = commands.find(({ name }) => name === words.slice(0, used).join(' '));
    if (entry !== undefined && words.length >= used) return { kind: 'command', entry, used };
  }
  let parent = '';
  for (const word of words) {
    const next = nextWords(commands, parent);
    if (!next.includes(word))
      throw unknownCommand(word, parent === '' ? [...next, 'help'] : next, `writ ${parent}`.trimEnd());
    parent = `${parent} ${word}`.trimStart();
  }
  return { kind: 'group', name: parent };
}

function unknownCommand(word: string, known: readonly string[], parent: string): WritError {
  const near = suggest(word, known);
  const hint =
    near === undefined
      ? `see \`${parent} --help\``
      : `did you mean \`${parent} ${near}\`? see \`${parent} --help\``;
  return new WritError('USAGE', `there is no command \`${parent} ${word}\``, { hint });
}

async function explain(words: readonly string[], { io, commands }: Parts): Promise<number> {
  const help = await import('./help.js');
  const print = (text: string): number => {
    io.stdout.write(`${text}\n`);
    return 0;
  };
  if (words.length === 0) return print(help.overview(commands));
  const found = findCommand(words.join(' ').split(' '), commands);
  if (found.kind === 'command')
    return print(help.commandHelp(found.entry, (await found.entry.load()).command));
  return print(
    await help.groupHelp(
      found.name,
      commands.filter(({ name }) => name.startsWith(`${found.name} `)),
    ),
  );
}

async function runCommand(
  entry: CommandEntry,
  command: Command,
  argv: readonly string[],
  parts: Parts,
): Promise<number> {
  const { values, args } = parseOptions(
    argv,
    { ...GLOBAL_OPTIONS, ...command.options },
    `writ ${entry.name}`,
  );
  checkCount(entry, command, args);
  try {
    return await command.execute(makeContext(values, parts), values, args);
  } catch (error) {
    throw namingCommand(error, entry.name);
  }
}

/** The catalogue's hint for wrong usage says COMMAND; here it is known which. */
function namingCommand(error: unknown, name: string): unknown {
  if (!isWritError(error, 'USAGE') || error.hint !== ERROR_CATALOGUE.USAGE.hint) return error;
  return new WritError('USAGE', error.message, { hint: `see \`writ ${name} --help\``, cause: error.cause });
}

function checkCount(entry: CommandEntry, command: Command, args: readonly string[]): void {
  const [fewest, most] = command.arguments;
  if (args.length >= fewest && args.length <= most) return;
  const what =
    args.length < fewest
      ? 'lacks an argument'
      : `does not take the argument ${JSON.stringify(args[most] ?? '')}`;
  throw new WritError('USAGE', `writ ${entry.name} ${what}`, {
    hint: `usage: ${`writ ${entry.name} ${command.usage}`.trimEnd()}`,
  });
}

function makeContext(values: RawValues, { io, out, services, commands }: Parts): Context {
  let loaded: Promise<LoadedConfig> | undefined;
  return {
    io,
    out,
    services,
    commands,
    noInput: values['no-input'] === true,
    config: () => (loaded ??= readConfig(values, io)),
    catalogue: async () => {
      const { loadCatalogue } = await import('../config/catalogue.js');
      if (loaded === undefined && !mayNameCatalogue(io.env, values)) return loadCatalogue();
      const { config } = await (loaded ??= readConfig(values, io));
      return loadCatalogue(config.catalogue);
    },
  };
}

async function readConfig(values: RawValues, { env }: CliIo): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.js');
  const file = typeof values['config'] === 'string' ? values['config'] : undefined;
  // A flag that was not given says nothing, not "no".
  const flags = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== false));
  const notaryFile = typeof values['notary-config'] === 'string' ? values['notary-config'] : undefined;
  return loadConfig({ file, notaryFile, env, flags });
}
