import { GLOBAL_FLAGS } from '../flags.js';
import type { Verb, VerbRun } from '../verb.js';

type Shell = 'bash' | 'fish' | 'powershell' | 'zsh';

/** The names of a command line: of this program only, so that none needs quoting. */
interface Words {
  readonly first: string;
  readonly second: readonly (readonly [group: string, words: string])[];
  readonly flags: readonly string[];
}

function wordsOf(verbs: readonly Verb[], groups: readonly string[]): Words {
  const names = verbs.map(({ name }) => name);
  const below = (group: string): string[] =>
    names.filter(name => name.startsWith(`${group} `)).map(name => name.slice(group.length + 1));
  const flags = new Set([...verbs.flatMap(verb => Object.keys(verb.flags)), ...Object.keys(GLOBAL_FLAGS)]);
  return {
    first: [...new Set([...names.map(name => name.split(' ', 1)[0] ?? ''), 'help'])].sort().join(' '),
    second: groups.map(group => [group, below(group).join(' ')] as const),
    flags: [...flags].sort(),
  };
}

const cases = ({ second }: Words, line: (group: string, words: string) => string): string =>
  second.map(([group, words]) => line(group, words)).join('\n');

const long = ({ flags }: Words): string => flags.map(name => `--${name}`).join(' ');

const bash = (words: Words): string => `_notary() {
  local word=\${COMP_WORDS[COMP_CWORD]} words='${words.first}' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
${cases(words, (group, below) => `      ${group}) words='${below}' ;;`)}
    esac
  done
  [[ $word == -* ]] && words='${long(words)}'
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _notary notary
`;

const SCRIPTS: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: words => `# bash completion for notary\n${bash(words)}`,
  zsh: words => `#compdef notary\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`,
  fish: words =>
    [
      '# fish completion for notary',
      `complete -c notary -n __fish_use_subcommand -a '${words.first}'`,
      cases(
        words,
        (group, below) => `complete -c notary -n '__fish_seen_subcommand_from ${group}' -a '${below}'`,
      ),
      ...words.flags.map(flag => `complete -c notary -l ${flag}`),
      '',
    ].join('\n'),
  powershell: words => `# powershell completion for notary
Register-ArgumentCompleter -Native -CommandName notary -ScriptBlock {
  param($word, $ast)
  $words = '${words.first}'
  switch -Regex ($ast.ToString()) {
${cases(words, (group, below) => `    ' ${group} ' { $words = '${below}' }`)}
  }
  if ($word.StartsWith('-')) { $words = '${long(words)}' }
  $words.Split(' ') | Where-Object { $_.StartsWith($word) }
}
`,
};

/** Prints the script of a shell. @param groups - first words that need a second one */
export const printFor =
  (shell: Shell, verbs: readonly Verb[], groups: readonly string[]): VerbRun =>
  ({ io }) => {
    io.stdout.write(SCRIPTS[shell](wordsOf(verbs, groups)));
    return Promise.resolve();
  };
