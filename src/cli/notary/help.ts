/** What `notary --help` says. */
import { GLOBAL_FLAGS, type Flag, type Flags } from './flags.js';
import type { Verb } from './verb.js';
import { GROUPS, VERBS } from './verbs.js';

const VALUE: Readonly<Record<Flag['kind'], string>> = {
  string: ' string',
  strings: ' strings',
  ints: ' ints',
  int: ' int',
  bool: '',
};

/** Usage and flags of one verb: what is shown too when an argument is missing. */
export const usageOf = ({ name, usage, flags }: Verb): string =>
  `Usage:\n  ${`notary ${name} ${usage}`.trimEnd()} [flags]\n\nFlags:\n${flagLines({ ...flags, help: HELP })}\n\n` +
  `Global Flags:\n${flagLines(WITHOUT_HELP)}\n`;

export const helpOf = (verb: Verb): string => `${verb.description}\n\n${usageOf(verb)}`;

/** What a group of verbs has. */
export const groupHelp = (group: string): string => {
  const rows = VERBS.filter(({ name }) => name.startsWith(`${group} `)).map(
    ({ name, summary }): [string, string] => [name.slice(group.length + 1), summary],
  );
  return (
    `notary ${group}: ${GROUPS.get(group) ?? ''}.\n\nUsage:\n  notary ${group} [command]\n\nAvailable Commands:\n${table(rows)}\n\n` +
    `Flags:\n${flagLines({ help: HELP })}\n\nGlobal Flags:\n${flagLines(WITHOUT_HELP)}\n`
  );
};

/** All verbs. */
export function overview(): string {
  const single = VERBS.filter(({ name }) => !name.includes(' ')).map(
    ({ name, summary }): [string, string] => [name, summary],
  );
  const rows: [string, string][] = [...single, ...GROUPS, ['help', 'explain a command']];
  return (
    'Signs collections of files and verifies them, with a Notary server: what `notary` does, by writ.\n\n' +
    `Usage:\n  notary [flags]\n  notary [command]\n\nAvailable Commands:\n${table(rows.sort())}\n\n` +
    `Flags:\n${flagLines({ ...GLOBAL_FLAGS, version: VERSION_FLAG })}\n\n` +
    'Use "notary [command] --help" for more information about a command.\n'
  );
}

const HELP: Flag = { kind: 'bool', short: 'h', help: 'explain the command' };
export const VERSION_FLAG: Flag = { kind: 'bool', help: 'print the version' };
const WITHOUT_HELP: Flags = Object.fromEntries(
  Object.entries(GLOBAL_FLAGS).filter(([name]) => name !== 'help'),
);

function flagLines(flags: Flags): string {
  return table(
    Object.entries(flags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { kind, short, help }]) => [
        `${short === undefined ? '    ' : `-${short}, `}--${name}${VALUE[kind]}`,
        help,
      ]),
  );
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}   ${text}`).join('\n');
}
