/**
 * What one row of the option table holds, and what can be read off it.
 *
 * @module
 */

import type { Parse } from "./parsers.ts";

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
  /** An older long name that still works. */
  readonly alias?: string;
  /** The one-letter name, without the dash. */
  readonly short?: string;
  /** The heading it stands under. */
  readonly group: typeof GROUPS[number];
  /** A few words for the help: lower case, no period. */
  readonly summary: string;
}

/** An option that is also read from the environment. */
interface Exported extends Described {
  /** The variables, the first that is set winning: `ARAR_X_Y` for `--x-y` unless given, none where it can only be typed. */
  readonly env?: readonly string[];
  /** Whether an arar that the command starts inherits the variable: a habit does, what describes one run does not. */
  readonly isHabit?: true;
  /** Whether only a role can have it: a session that is there and is only narrowed cannot. */
  readonly isForRoles?: true;
}

/** An option that takes a value. */
interface Valued extends Described {
  /** Placeholder of the value in the help. */
  readonly value: string;
  /** What a shell may offer as the value: these words, files, or names of profiles. */
  readonly complete?: readonly string[] | "file" | "profile";
}

/** An option whose value means something to a run. */
interface Parsed extends Valued, Exported {
  /** From the text to the value; throws an `ArarError` that says what was expected. */
  readonly parse: Parse<unknown>;
  /** The key that sets the same in a profile. */
  readonly profileKey?: string;
  /** The key that sets the same for the role that a profile names. */
  readonly roleKey?: string;
  /** Whether AssumeRole gets the value as it is, by a parameter of its own. */
  readonly isPassed?: true;
}

/** One option. */
export type Option =
  | Exported & { readonly kind: "flag" }
  | Parsed & {
    readonly kind: "value";
    /** Whether a lone `-` is a value. */
    readonly dashValue?: true;
    /** The text that stands for an option that is not given. */
    readonly default?: string;
  }
  | Parsed & {
    readonly kind: "list";
    /** What separates the values in the variable; without it the variable holds one. */
    readonly separator?: RegExp;
  }
  /** Does something else than a run. */
  | Described & { readonly kind: "action" }
  | Valued & { readonly kind: "action-value" };

/** The environment names an option is read from, the first that is set winning. */
export function envNames(option: Option): readonly string[] {
  if (option.kind === "action" || option.kind === "action-value") return [];
  return option.env ?? [`ARAR_${option.name.toUpperCase().replaceAll("-", "_")}`];
}

/** Whether the option is followed by a value. */
export function takesValue(option: Option): option is Extract<Option, Valued> {
  return option.kind === "value" || option.kind === "list" || option.kind === "action-value";
}
