/**
 * What the scripts of all shells say of an option: how it is spelt, and what can be offered as its value.
 *
 * @module
 */

import { type Option, takesValue } from "../option.ts";
import { OPTIONS } from "../options.ts";

/** What can be offered as the value of an option; `lead` is what stands before the name of the file. */
export type Offer =
  | { readonly kind: "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file"; readonly lead: "" | "@" }
  /** Names of profiles, which the script reads from the shared files. */
  | { readonly kind: "profile" };

/** What can be offered as the value of an option. */
export function offer(option: Option): Offer {
  if (!takesValue(option) || !option.complete) return { kind: "nothing" };
  if (option.complete === "profile") return { kind: "profile" };
  if (option.complete !== "file") return { kind: "words", words: option.complete };
  return { kind: "file", lead: option.value.includes("@FILE") ? "@" : "" };
}

/** The options that are followed by a value. */
export function valued(): readonly Option[] {
  return OPTIONS.filter((option: Option) => takesValue(option));
}

/** `--NAME` */
export function long(option: Option): string {
  return `--${option.name}`;
}

/** The short name, if there is one, and the long one. */
export function spellings(option: Option): readonly string[] {
  return option.short ? [`-${option.short}`, long(option)] : [long(option)];
}

/** Replaces `@NAME@` by the value of that name. The scripts have no other text of this form. */
export function fill(script: string, values: { readonly [name: string]: string }): string {
  return script.replace(/@([A-Z]+)@\n?/g, (whole, name: string) => {
    const value = values[name] ?? whole;
    return whole.endsWith("\n") && !value.endsWith("\n") ? `${value}\n` : value;
  });
}
