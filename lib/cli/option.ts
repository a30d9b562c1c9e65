/**
 * What an option is: its kinds, its names, and where the help shows it.
 * It must not know which options there are, nor how one takes effect.
 *
 * @module
 */

/** Headings of the help, in order. */
export const GROUPS = [
  "Role",
  "Session",
  "MFA",
  "Source credentials",
  "Command",
  "Instead of a command",
  "About",
] as const;

/** What every option has. */
interface Described {
  /** The long name, without the dashes. */
  readonly name: string;
  /** The one-letter name, without the dash. */
  readonly short?: string;
  /** The heading it stands under. */
  readonly group: typeof GROUPS[number];
  /** A few words for the help: lower case, no period. */
  readonly summary: string;
}

/** An option that takes a value. */
interface Valued extends Described {
  /** Placeholder of the value in the help. */
  readonly value: string;
  /** What a shell may offer as the value: these words, or files. */
  readonly complete?: readonly string[] | "file";
}

/** One option. Lists and actions have no environment name; the others have `ARAR_X_Y` unless an AWS name is given. */
export type Option =
  | Described & { readonly kind: "flag" }
  | Valued & {
    readonly kind: "value";
    readonly env?: readonly string[];
    readonly dashValue?: true;
  }
  | Valued & { readonly kind: "list"; readonly env?: readonly string[] }
  | Described & { readonly kind: "action" }
  | Valued & { readonly kind: "action-value" };

/** The environment names an option is read from, the first that is set winning. */
export function envNames(option: Option): readonly string[] {
  if (option.kind === "action" || option.kind === "action-value") return [];
  if ("env" in option && option.env) return option.env;
  return option.kind === "list" ? [] : [`ARAR_${option.name.toUpperCase().replaceAll("-", "_")}`];
}

/** Whether the option is followed by a value. */
export function takesValue(option: Option): option is Extract<Option, Valued> {
  return option.kind === "value" || option.kind === "list" ||
    option.kind === "action-value";
}
