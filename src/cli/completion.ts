/** Completion scripts, made from the same tables as the help: what help shows, completion offers. */
import type { CommandEntry, OptionSpec } from './command.js';
import { commandGroups, nextWords } from './command-words.js';
import { GLOBAL_OPTIONS } from './globals.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly (readonly [string, OptionSpec])[];
  readonly words: readonly string[];
}

/** @returns the script for `shell`, with a line feed at the end */
export async function completionScript(shell: Shell, commands: readonly CommandEntry[]): Promise<string> {
  const entries = await Promise.all(commands.map(load));
  switch (shell) {
    case 'bash':
      return bash(entries);
    case 'zsh':
      return zsh(entries);
    case 'fish':
      return fish(entries);
  }
}

async function load(entry: CommandEntry): Promise<Entry> {
  const { command } = await entry.load();
  const { name, summary } = entry;
  return {
    name,
    summary,
    words: command.words,
    options: Object.entries({ ...command.options, ...GLOBAL_OPTIONS }),
  };
}

/** Word lists by what was typed so far: '' → first words, 'profile' → second words, 'sign' → options. */
function wordCases(entries: readonly Entry[]): string[] {
  return [
    `    '') words='${[...nextWords(entries, ''), 'help'].join(' ')}' ;;`,
    ...commandGroups(entries).map(
      group => `    '${group}') words='${nextWords(entries, group).join(' ')}' ;;`,
    ),
    ...entries.map(({ name, options, words }) => {
      const all = [...words, ...options.map(([option]) => `--${option}`)];
      return `    '${name}') words='${all.join(' ')}' ;;`;
    }),
  ];
}

/** Options with fixed words as values, by command. */
function valueCases(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ name, options }) =>
    options.flatMap(([option, { words }]) =>
      words === undefined ? [] : [`  '${name} --${option}') words='${words.join(' ')}' ;;`],
    ),
  );
}

/** Options whose value is a file or something free: the shell completes file names. */
function freeOptions(entries: readonly Entry[]): string {
  const names = entries
    .flatMap(({ options }) => options)
    .filter(([, spec]) => spec.type === 'string' && spec.words === undefined)
    .flatMap(([name, spec]) => [`--${name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])]);
  return [...new Set(names)].join('|');
}

function bash(entries: readonly Entry[]): string {
  const groups = commandGroups(entries)
    .map(group => `'${group}'`)
    .join('|');
  return `# bash completion for writ
_writ() {
  local words='' command='' word index
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case $word in
    -*) ;;
    *)
      case $command in
      '') command=$word ;;
      ${groups === '' ? "' '" : groups}) command="$command $word" ;;
      esac
      ;;
    esac
  done
  case "$command $previous" in
${valueCases(entries).join('\n')}
  esac
  case $previous in
    ${freeOptions(entries)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [[ -z $words ]]; then
    case $command in
${wordCases(entries).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _writ writ
`;
}

/** zsh runs the bash function through its own bridge: one table, one behaviour. */
function zsh(entries: readonly Entry[]): string {
  return `#compdef writ
autoload -U +X bashcompinit && bashcompinit
${bash(entries)}`;
}

function fish(entries: readonly Entry[]): string {
  const lines = nextWords(entries, '').map(word => {
    const entry = entries.find(({ name }) => name === word);
    return `complete -c writ -f -n __fish_use_subcommand -a ${word} -d ${fishQuote(entry?.summary ?? `${word} commands`)}`;
  });
  for (const group of commandGroups(entries)) {
    for (const word of nextWords(entries, group)) {
      const entry = entries.find(({ name }) => name === `${group} ${word}`);
      const summary = entry?.summary ?? `${group} ${word} commands`;
      lines.push(`complete -c writ -f -n '${fishSeen(group)}' -a ${word} -d ${fishQuote(summary)}`);
    }
  }
  for (const { name, options, words } of entries) {
    const when = fishSeen(name);
    if (words.length > 0) lines.push(`complete -c writ -f -n '${when}' -a '${words.join(' ')}'`);
    for (const [option, spec] of options) lines.push(fishOption(when, option, spec));
  }
  return `# fish completion for writ\n${lines.join('\n')}\n`;
}

const fishSeen = (name: string): string =>
  name
    .split(' ')
    .map(word => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');

function fishOption(when: string, name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '' : ` -s ${spec.short}`;
  const value =
    spec.type === 'boolean' ? '' : spec.words === undefined ? ' -r' : ` -x -a '${spec.words.join(' ')}'`;
  return `complete -c writ -n '${when}' -l ${name}${short}${value} -d ${fishQuote(spec.help)}`;
}

const fishQuote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
