import { flagsOf, takesValue, type CompletedOption, type Place, type Table } from './table.js';

/** The script for fish. */
export function fish(table: Table): string {
  return `# fish completion for writ
function __writ_at -d 'whether the command line has reached a command of writ'
  set -l path
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case ${flagsOf(table, takesValue).join(' ')}
        set skip 1
      case '-*' help
      case '*'
        if contains -- "$path" ${table.groups.map(fishQuote).join(' ')}
          set path (string trim -- "$path $word")
        end
    end
  end
  test "$path" = "$argv[1]"
end
${table.places.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, choices, options }: Place): string[] {
  const at = `complete -c writ -n ${fishQuote(`__writ_at ${fishQuote(path)}`)}`;
  return [
    ...choices.map(({ word, help }) => `${at} -f -a ${fishQuote(word)}${described(help)}`),
    ...options.map(option => `${at} ${optionWords(option)}`),
  ];
}

function optionWords({ name, short, type, words, help }: CompletedOption): string {
  const value =
    type === 'boolean' ? '' : words === undefined ? ' -r' : ` -x -a ${fishQuote(words.join(' '))}`;
  return `-l ${name}${short === undefined ? '' : ` -s ${short}`}${value}${described(help)}`;
}

const described = (help: string): string => (help === '' ? '' : ` -d ${fishQuote(help)}`);

const fishQuote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
