/** What the scripts of several shells have in common: the spellings of an option, and how its value is completed. */

import { type Option, takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";

/** How a shell completes the value of an option. */
export interface Completions<Script> {
  readonly nothing: Script;
  readonly words: (words: readonly string[]) => Script;
  /** `lead` precedes the name of the file. */
  readonly file: (lead: "" | "@") => Script;
  /** Names of profiles, which the script reads from the shared files. */
  readonly profile: Script;
}

/** The one for this option. */
export function completionOf<Script>(option: Option, { nothing, words, file, profile }: Completions<Script>): Script {
  if (!takesValue(option) || !option.complete) return nothing;
  if (option.complete === "profile") return profile;
  return option.complete === "file" ? file(option.value.includes("@FILE") ? "@" : "") : words(option.complete);
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
