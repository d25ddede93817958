/** The words of --help. */
import type { Command, CommandEntry, OptionSpec, OptionSpecs } from './command.js';
import { GLOBAL_OPTIONS } from './globals.js';
import { columns } from './table.js';

/** The first steps, in their order. */
const FIRST_STEPS = [
  'writ init example --server https://writ.example',
  'writ sign registry.example/team/app:1 --preset web-service',
  'writ verify registry.example/team/app:1',
  'writ profile explain mount',
];

/** The page of `writ --help`. */
export function overview(entries: readonly CommandEntry[]): string {
  return [
    'writ signs what a container image is and what it may do, and checks both.',
    '',
    'Usage: writ COMMAND [ARG …] [--flag …]',
    '',
    ...sections(entries).flatMap(([title, commands]) => [`${title}:`, commandLines(commands), '']),
    'Options of every command:',
    optionLines(GLOBAL_OPTIONS),
    '',
    exampleLines(FIRST_STEPS),
    '',
    'Exit codes: 0 yes or done; 1 no (refused, not verified, denied) or failed; 2 wrong usage.',
    'Help on a command or a group of them: writ COMMAND --help, writ profile --help. Version: writ --version',
  ].join('\n');
}

/** The commands under their headings, in the order of the table. */
export function sections(entries: readonly CommandEntry[]): [title: string, commands: CommandEntry[]][] {
  const titles = [...new Set(entries.map(({ section }) => section ?? 'Commands'))];
  return titles.map(title => [title, entries.filter(({ section = 'Commands' }) => section === title)]);
}

/** The page of a group: `writ profile --help`. */
export async function groupHelp(group: string, entries: readonly CommandEntry[]): Promise<string> {
  const commands = await Promise.all(entries.map(async ({ load }) => (await load()).command));
  return [
    `Usage: writ ${group} COMMAND`,
    '',
    'Commands:',
    commandLines(entries),
    '',
    exampleLines(commands.flatMap(({ examples }) => examples.slice(0, 1))),
    '',
    `Help on one command: writ ${group} COMMAND --help`,
  ].join('\n');
}

const commandLines = (entries: readonly CommandEntry[]): string =>
  columns(entries.map(({ name, summary }) => [name, summary]));

const exampleLines = (examples: readonly string[]): string =>
  [examples.length === 1 ? 'Example:' : 'Examples:', ...examples.map(example => `  ${example}`)].join('\n');

/** The page of one command. */
export function commandHelp({ name, summary }: CommandEntry, command: Command): string {
  const own = Object.keys(command.options).length === 0 ? [] : ['', 'Options:', optionLines(command.options)];
  return [
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    '',
    `Usage: ${`writ ${name} ${command.usage}`.trimEnd()}`,
    '',
    command.description,
    ...own,
    '',
    `Every command takes ${Object.keys(GLOBAL_OPTIONS)
      .map(option => `--${option}`)
      .join(' ')}; see \`writ --help\`.`,
    '',
    exampleLines(command.examples),
  ].join('\n');
}

export function optionLines(specs: OptionSpecs): string {
  return columns(Object.entries(specs).map(([name, spec]) => [optionName(name, spec), optionText(spec)]));
}

/** `-o, --output FILE`. */
export function optionName(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  return `${short}--${name}${spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''}`;
}

const optionText = (spec: OptionSpec): string =>
  spec.multiple === true ? `${spec.help} (repeatable)` : spec.help;
