/** The completion script of bash. */

import { OPTION_LIST } from "../options.ts";
import { fill, long, PROFILES, spellings, type ValueCompletion, valueCompletion, valued } from "./parts.ts";

/**
 * Runs in bash 3.2, the version of macOS. Bash splits words at `=`, `:` and `@` (COMP_WORDBREAKS), so they are joined first.
 * The part before the last split is removed from the answers, because readline keeps it.
 */
export const BASH = String
  .raw`# bash completion of arar; load it with: source <(arar --completions bash)

_arar() {
  local words=() starts=() rest=$COMP_LINE trimmed word index
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    if ((index > 0)) && [[ $rest == "$trimmed" && -n $word ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
      starts+=("$index")
    fi
    rest=\${trimmed:\${#word}}
  done

  COMPREPLY=()
  local last=$((\${#words[@]} - 1)) at=1 ended=
  while ((at < last)); do
    case \${words[at]} in
      --) at=$((at + 1)) ended=1; break ;;
      @VALUED@)
        if ((at + 1 == last)); then
          _arar_value "\${words[at]}" ''
          return
        fi
        at=$((at + 2)) ;;
      -*) at=$((at + 1)) ;;
      *) ended=1; break ;;
    esac
  done

  case $ended\${words[last]} in
    --*=*) _arar_value "\${words[last]%%=*}" "\${words[last]%%=*}=" ;;
    -*) _arar_answer '' < <(compgen -W "@WORDS@" -- "\${words[last]}") ;;
    *) _arar_command "\${starts[at]}" $((at == last)) ;;
  esac
}

# Offers values of the option $1; $2 is the part of the word before the value. Uses words and last of _arar.
_arar_value() {
  local value=\${words[last]#"$2"}
  compopt +o bashdefault +o default 2>/dev/null
  case $1 in
@CASES@
  esac
}

# Offers the lines of stdin, without the part before the last split.
_arar_answer() {
  local line cut=\${words[last]%"\${COMP_WORDS[COMP_CWORD]}"}
  case \${COMP_WORDS[COMP_CWORD]} in = | : | @) cut=\${words[last]} ;; esac
  cut=\${cut%@} # readline cuts before an @, not after it
  while IFS= read -r line; do
    line=$1$line
    COMPREPLY+=("\${line#"$cut"}")
  done
}

# The command's own completion: bash-completion's where it is loaded, else commands, then files.
_arar_command() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif (($2)); then
    compopt -o filenames 2>/dev/null
    _arar_answer '' < <(compgen -c -- "\${words[last]}")
  fi
}

@PROFILES@

# Offers the profiles that begin with $1, quoted as words of a command.
_arar_named_profiles() {
  local name
  while IFS= read -r name; do
    printf -v name %q "$name"
    [[ $name != "$1"* ]] || printf '%s\n' "$name"
  done < <(_arar_profiles)
}

complete -o bashdefault -o default -F _arar arar
`.replaceAll("\\$", "$");

/** The script with the option table filled in. */
export function renderBash(): string {
  const cases = valued().flatMap((option) => {
    const made = scriptFor(valueCompletion(option));
    return made === undefined ? [] : `    ${long(option)}) ${made} ;;\n`;
  });
  return fill(BASH, {
    VALUED: valued().map(long).join(" | "),
    CASES: cases.join(""),
    WORDS: OPTION_LIST.flatMap(spellings).join(" "),
    PROFILES,
  });
}

function scriptFor(what: ValueCompletion): string | undefined {
  switch (what.kind) {
    case "nothing":
      return undefined;
    case "words":
      return `_arar_answer "$2" < <(compgen -W "${what.words.join(" ")}" -- "$value")`;
    case "file":
      return `compopt -o filenames 2>/dev/null; _arar_answer "$2${what.lead}" < <(compgen -f -- "\${value#"${what.lead}"}")`;
    case "profile":
      return '_arar_answer "$2" < <(_arar_named_profiles "$value")';
    default:
      return what satisfies never;
  }
}
