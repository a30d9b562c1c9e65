/** What the scripts of all shells have in common: the spellings of an option, and the completions of its value. */

import { type Option, takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";

/** The completions of a value; `lead` precedes the name of a file. */
export type Offer =
  | { readonly kind: "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file"; readonly lead: "" | "@" }
  /** Names of profiles, which the script reads from the shared files. */
  | { readonly kind: "profile" };

/** The completions of an option's value. */
export function offer(option: Option): Offer {
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
