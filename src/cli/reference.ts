/** docs/reference/cli.md: the help of every command, from the tables that --help itself is made of. */
import type { Command, CommandEntry } from './command.js';
import { COMMANDS } from './commands.js';
import { GLOBAL_OPTIONS } from './globals.js';
import { optionLines, sections } from './help.js';

// Loaded once with this file, which no command imports.
const LOADED = await Promise.all(
  COMMANDS.map(async entry => ({ entry, command: (await entry.load()).command })),
);

/** The page, as Markdown, with a line feed at the end. */
export function renderReference(): string {
  return [
    '# The command line',
    '',
    'Generated from the help of the commands by `npm run docs`; do not edit.',
    '',
    'Results go to stdout; progress, hints and errors to stderr. Exit codes: 0 yes or done; 1 no (refused, not verified,',
    'denied) or failed; 2 wrong usage. A failure is said in lines that begin with `error:`, `hint:` and `code:`. With',
    '`--json` stdout carries one JSON document, a failure being `{"error": {"code", "message", "hint"}}`; the codes are in',
    '[errors.md](errors.md).',
    '',
    'Pass-phrases come from `WRIT_<ROLE>_PASSPHRASE`, `WRIT_PASSPHRASE`, the first line of the file that',
    'the setting `passphraseFile` or `WRIT_PASSPHRASE_FILE` names, or a prompt on a terminal; never from a flag.',
    '',
    ...sections(COMMANDS).flatMap(([title, commands]) => [
      `**${title}**`,
      '',
      '| command | |',
      '|---|---|',
      ...commands.map(({ name, summary }) => `| [\`writ ${name}\`](#${anchor(name)}) | ${summary} |`),
      '',
    ]),
    '## Options of every command',
    '',
    ...fenced(optionLines(GLOBAL_OPTIONS)),
    ...LOADED.flatMap(section),
  ].join('\n');
}

function section({ entry, command }: { entry: CommandEntry; command: Command }): string[] {
  const options = Object.keys(command.options).length === 0 ? [] : fenced(optionLines(command.options));
  return [
    `## writ ${entry.name}`,
    '',
    ...fenced(`writ ${entry.name} ${command.usage}`.trimEnd()),
    command.description,
    '',
    ...options,
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    '',
    ...fenced(command.examples.join('\n'), 'sh'),
  ];
}

const fenced = (text: string, language = 'text'): string[] => [`\`\`\`${language}`, text, '```', ''];

/** As GitHub makes it of the heading. */
const anchor = (name: string): string => `writ-${name.replaceAll(' ', '-')}`;
