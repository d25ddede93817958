/** The words of --help. */
import type { Command, CommandEntry, OptionSpec, OptionSpecs } from './command.js';
import { GLOBAL_OPTIONS } from './globals.js';
import { columns } from './table.js';

/** The page of `writ --help`. */
export function overview(entries: readonly CommandEntry[]): string {
  return [
    'writ signs what a container image is and what it may do, and checks both.',
    '',
    'Usage: writ COMMAND [ARG …] [--flag …]',
    '',
    'Commands:',
    columns(entries.map(({ name, summary }) => [name, summary])),
    '',
    'Options of every command:',
    optionLines(GLOBAL_OPTIONS),
    '',
    'Exit codes: 0 yes or done; 1 no (refused, not verified, denied) or failed; 2 wrong usage.',
    'Help on one command: writ COMMAND --help',
  ].join('\n');
}

/** The page of a group: `writ profile --help`. */
export function groupHelp(group: string, entries: readonly CommandEntry[]): string {
  return [
    `Usage: writ ${group} COMMAND`,
    '',
    'Commands:',
    columns(entries.map(({ name, summary }) => [name, summary])),
    '',
    `Help on one command: writ ${group} COMMAND --help`,
  ].join('\n');
}

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
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...command.examples.map(example => `  ${example}`),
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
