/** The type of a row in the option table, and what follows from a row. */

import type { Parse } from "./parsers.ts";

/** The headings of the help, in order. */
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
  /** The heading in the help. */
  readonly group: typeof GROUPS[number];
  /** A few words for the help, lower case, no period, at most 46 characters. */
  readonly summary: string;
}

/** An option that can also be set in the environment. */
interface Exported extends Described {
  /** The variables, of which the first that is set wins; `ARAR_X_Y` for `--x-y` by default. Empty: command line only. */
  readonly env?: readonly string[];
  /** Whether a nested arar inherits the variable, because it is a habit rather than part of a single run. */
  readonly isHabit?: true;
  /** Whether it requires a role, so that it cannot narrow the current session. */
  readonly isForRoles?: true;
}

/** An option that takes a value. */
interface Valued extends Described {
  /** The placeholder for the value in the help. */
  readonly value: string;
  /** What a shell completes the value with: these words, files, or profile names. */
  readonly complete?: readonly string[] | "file" | "profile";
}

/** An option whose value is a setting of the run. */
interface Parsed extends Valued, Exported {
  /** Parses the text; throws an `ArarError` with what was expected. */
  readonly parse: Parse<unknown>;
  /** The key of the same setting in a profile. */
  readonly profileKey?: string;
  /** The key of the same setting in a profile with a `role_arn`, for that role. */
  readonly roleKey?: string;
}

/** One option. */
export type Option =
  | Exported & { readonly kind: "flag" }
  | Parsed & {
    readonly kind: "value";
    /** Whether a lone `-` is a value. */
    readonly dashValue?: true;
    /** The text used if the option is not given. */
    readonly default?: string;
  }
  | Parsed & {
    readonly kind: "list";
    /** Separates the values in the variable; without it the variable holds a single value. */
    readonly separator?: RegExp;
  }
  /** Done instead of a run. */
  | Described & { readonly kind: "action" }
  | Valued & { readonly kind: "action-value" };

/** The variables an option is read from; the first that is set wins. */
export function envNames(option: Option): readonly string[] {
  if (option.kind === "action" || option.kind === "action-value") return [];
  return option.env ?? [ararName(option.name)];
}

/** `ARAR_X_Y` for the option `--x-y`. */
export function ararName(name: string): string {
  return `ARAR_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Whether the option takes a value. */
export function takesValue(option: Option): option is Extract<Option, Valued> {
  return option.kind === "value" || option.kind === "list" || option.kind === "action-value";
}
