import { flagsOf, isFree, quoted, takesValue, type Choice, type Place, type Table } from './table.js';

/** The script for zsh: a file of $fpath, or read with `source`. */
export function zsh(table: Table): string {
  return `#compdef writ
_writ() {
  local command='' word skip=''
  local -a choices options
  local previous=$words[CURRENT-1]
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
    ${flagsOf(table, takesValue).join('|')}) skip=1 ;;
    -*|help) ;;
    *)
      case $command in
      ${table.groups.map(quoted).join('|')}) command="\${command:+$command }$word" ;;
      esac
      ;;
    esac
  done
  if compset -P 1 '--*='; then previous=\${IPREFIX%=}; fi
  case "$command $previous" in
${valueCases(table).join('\n')}
  esac
  case $previous in
  ${flagsOf(table, isFree).join('|')}) _files; return ;;
  esac
  case $command in
${table.places.map(placeCase).join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe -o option options
  elif (( \${#choices} )); then
    _describe word choices
  else
    _files
  fi
}
if [[ $funcstack[1] == _writ ]]; then
  _writ "$@"
else
  compdef _writ writ
fi
`;
}

const valueCases = ({ places }: Table): string[] =>
  places.flatMap(({ path, options }) =>
    options.flatMap(({ name, short, words }) => {
      if (words === undefined) return [];
      const patterns = [`${path} --${name}`, ...(short === undefined ? [] : [`${path} -${short}`])];
      return [`  ${patterns.map(quoted).join('|')}) compadd -- ${words.map(quoted).join(' ')}; return ;;`];
    }),
  );

function placeCase({ path, choices, options }: Place): string {
  const flags = options.map(({ name, help }) => ({ word: `--${name}`, help }));
  return `  ${quoted(path)})
    choices=(${choices.map(described).join(' ')})
    options=(${flags.map(described).join(' ')})
    ;;`;
}

/** As _describe takes it: a colon before what it means, others escaped. */
const described = ({ word, help }: Choice): string =>
  quoted([word, help].map(text => text.replaceAll(':', '\\:')).join(help === '' ? '' : ':'));
