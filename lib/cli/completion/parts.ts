/** What the scripts of several shells have in common: the spellings of an option, how its value is completed, and profiles. */

import { type Option, takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";

/** The completions of a value; `lead` precedes the name of a file. */
export type ValueCompletion =
  | { readonly kind: "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file"; readonly lead: "" | "@" }
  /** Names of profiles, which the script reads from the shared files. */
  | { readonly kind: "profile" };

/** The completions of an option's value. */
export function valueCompletion(option: Option): ValueCompletion {
  if (!takesValue(option) || !option.complete) return { kind: "nothing" };
  if (option.complete === "profile") return { kind: "profile" };
  if (option.complete !== "file") return { kind: "words", words: option.complete };
  return { kind: "file", lead: option.value.includes("@FILE") ? "@" : "" };
}

/** The options that take a value. */
export function valued(): readonly Option[] {
  return OPTION_LIST.filter((option) => takesValue(option));
}

/** `--NAME` */
export function long(option: Option): string {
  return `--${option.name}`;
}

/** The short name, if there is one, and the long one. */
export function spellings(option: Option): readonly string[] {
  return option.short ? [`-${option.short}`, long(option)] : [long(option)];
}

/** Replaces each `@NAME@` with its value. The scripts contain no other text of this form. */
export function fill(script: string, values: { readonly [name: string]: string }): string {
  return script.replace(/@([A-Z]+)@\n?/g, (whole, name: string) => {
    const value = values[name] ?? whole;
    return whole.endsWith("\n") && !value.endsWith("\n") ? `${value}\n` : value;
  });
}

/**
 * A function for bash (from 3.2) and zsh. It reads the headings of the shared files with builtins only, up to a maximum
 * number of lines, and prints nothing if it cannot read them.
 */
export const PROFILES = String.raw`# Prints the names of the profiles in the shared config and credentials files.
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
