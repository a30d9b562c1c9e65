/** The completion scripts of bash and zsh, which read the names of the profiles alike. */

import { type Option, takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";
import { completionOf, type Completions, fill, long, spellings, valued } from "./parts.ts";

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
    const made = completionOf(option, BASH_VALUES);
    return made === undefined ? [] : `    ${long(option)}) ${made} ;;\n`;
  });
  return fill(BASH, {
    VALUED: valued().map(long).join(" | "),
    CASES: cases.join(""),
    WORDS: OPTION_LIST.flatMap(spellings).join(" "),
    PROFILES,
  });
}

const BASH_VALUES: Completions<string | undefined> = {
  nothing: undefined,
  words: (words) => `_arar_answer "$2" < <(compgen -W "${words.join(" ")}" -- "$value")`,
  file: (lead) => `compopt -o filenames 2>/dev/null; _arar_answer "$2${lead}" < <(compgen -f -- "\${value#"${lead}"}")`,
  profile: '_arar_answer "$2" < <(_arar_named_profiles "$value")',
};

/** `_arguments` supports the grammar: `-A "-*"` ends the options at the first other word, `-S` at `--`. */
export const ZSH = String.raw`#compdef arar
# zsh completion of arar; load it with: source <(arar --completions zsh), or save it as _arar in a folder of $fpath

_arar() {
  _arguments -s -S -A '-*' \
@SPECS@
    '(-)1: :_command_names -e' \
    '*:: :_normal'
}

# A value that is read from a file where it begins with @.
_arar_at_file() {
  if compset -P @; then _files; else compadd -S '' -- @; fi
}

@PROFILES@

_arar_named_profiles() {
  local -aU names
  names=(\${(f)"$(_arar_profiles)"})
  compadd -a names
}

if [[ $funcstack[1] = _arar ]]; then
  _arar "$@"
else
  compdef _arar arar
fi
`.replaceAll("\\$", "$");

/** The script with the option table filled in. */
export function renderZsh(): string {
  return fill(ZSH, { SPECS: OPTION_LIST.map((option) => `    ${spec(option)} \\\n`).join(""), PROFILES });
}

function spec(option: Option): string {
  const repeated = option.kind === "list" ? "*" : "";
  const text = `[${escaped(option.summary)}]`;
  if (takesValue(option)) {
    return `'${repeated}--${option.name}=${text}:${escaped(option.value)}:${completionOf(option, ZSH_VALUES)}'`;
  }
  const names = spellings(option);
  const others = option.kind === "action" ? "(- : *)" : names.length > 1 ? `(${names.join(" ")})` : "";
  return names.map((name) => `'${others}${name}${text}'`).join(" ");
}

const ZSH_VALUES: Completions<string> = {
  nothing: " ",
  words: (words) => `(${words.join(" ")})`,
  file: (lead) => lead ? "_arar_at_file" : "_files",
  profile: "_arar_named_profiles",
};

/** Escaped for single quotes, and for `_arguments`, which interprets brackets and colons. */
function escaped(text: string): string {
  return text.replace(/[\[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

/**
 * It runs in bash 3.2, too. It reads the headings of the shared files with builtins only, up to a maximum
 * number of lines, and prints nothing if it cannot read them.
 */
const PROFILES = String.raw`# Prints the names of the profiles in the shared config and credentials files.
_arar_profiles() {
  local file line name config=1 lines=0
  for file in "\${AWS_CONFIG_FILE:-$HOME/.aws/config}" "\${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}"; do
    if [[ -f $file && -r $file ]]; then
      while ((lines++ < 20000)) && { IFS= read -r line || [[ -n $line ]]; }; do
        [[ $line == \[*\]* ]] || continue
        line=\${line#\[} line=\${line%%\]*}
        line=\${line#"\${line%%[![:space:]]*}"} name=\${line%"\${line##*[![:space:]]}"}
        if [[ -n $config && $name == profile[[:space:]]* ]]; then
          name=\${name#profile} name=\${name#"\${name%%[![:space:]]*}"}
          name=\${name#[\"\']} name=\${name%[\"\']}
        elif [[ -n $config && $name != default ]]; then
          continue
        fi
        printf '%s\n' "$name"
      done <"$file"
    fi
    config=
  done 2>/dev/null
}
`.replaceAll("\\$", "$");
