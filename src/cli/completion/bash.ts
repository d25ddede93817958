import { flagsOf, isFree, quoted, takesValue, type Table } from './table.js';

/**
 * The script for bash. Words are taken from the line, not from COMP_WORDS, which bash has parted at every `=` and `:`;
 * what it has parted before is cut off from what is answered.
 */
export function bash(table: Table): string {
  return `# bash completion for writ
_writ() {
  local line=\${COMP_LINE:0:COMP_POINT} choices='' command='' previous='' word skip=''
  local -a typed
  read -ra typed <<<"$line"
  local current=''
  [[ $line == *[[:space:]] ]] || current=\${typed[-1]}
  [[ -z $current ]] || unset 'typed[-1]'
  for word in "\${typed[@]:1}"; do
    previous=$word
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
  local value=$current
  if [[ $current == --*=* ]]; then previous=\${current%%=*} value=\${current#*=}; fi
  case "$command $previous" in
${valueCases(table).join('\n')}
  *)
    case $previous in
    ${flagsOf(table, isFree).join('|')}) COMPREPLY=($(compgen -f -- "$value")); return ;;
    esac
    case $command in
${placeCases(table).join('\n')}
    esac
    ;;
  esac
  COMPREPLY=($(compgen -W "$choices" -- "$value"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$value"))
  [[ \${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
  if [[ $value == *[=:]* ]]; then
    local before=\${value%"\${value##*[=:]}"}
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -o filenames -F _writ writ
`;
}

/** Options with known values, by command. */
const valueCases = ({ places }: Table): string[] =>
  places.flatMap(({ path, options }) =>
    options.flatMap(({ name, short, words }) => {
      if (words === undefined) return [];
      const patterns = [`${path} --${name}`, ...(short === undefined ? [] : [`${path} -${short}`])];
      return [`  ${patterns.map(quoted).join('|')}) choices=${quoted(words.join(' '))} ;;`];
    }),
  );

/** Word lists by what was typed so far: '' → first words, 'profile' → second words, 'sign' → options. */
const placeCases = ({ places }: Table): string[] =>
  places.map(({ path, choices, options }) => {
    const all = [...choices.map(({ word }) => word), ...options.map(({ name }) => `--${name}`)];
    return `    ${quoted(path)}) choices=${quoted(all.join(' '))} ;;`;
  });
