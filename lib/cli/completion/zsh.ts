/** The completion script of zsh. */

import { type Option, takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";
import { fill, PROFILES, spellings, type ValueCompletion, valueCompletion } from "./parts.ts";

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
    return `'${repeated}--${option.name}=${text}:${escaped(option.value)}:${scriptFor(valueCompletion(option))}'`;
  }
  const names = spellings(option);
  const others = option.kind === "action" ? "(- : *)" : names.length > 1 ? `(${names.join(" ")})` : "";
  return names.map((name) => `'${others}${name}${text}'`).join(" ");
}

function scriptFor(what: ValueCompletion): string {
  switch (what.kind) {
    case "nothing":
      return " ";
    case "words":
      return `(${what.words.join(" ")})`;
    case "file":
      return what.lead ? "_arar_at_file" : "_files";
    case "profile":
      return "_arar_named_profiles";
    default:
      return what satisfies never;
  }
}

/** Escaped for single quotes, and for `_arguments`, which interprets brackets and colons. */
function escaped(text: string): string {
  return text.replace(/[\[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}
