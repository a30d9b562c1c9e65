/** What a row of the option table says, and what follows from a row. */

import type { Parse } from "./parsers.ts";

/** The headings of the help, in order. */
export const HEADINGS = [
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
  /** The heading in the help. */
  readonly heading: typeof HEADINGS[number];
  /** A few words for the help, lower case, no period, at most 46 characters. */
  readonly summary: string;
  /** The one-letter name, without the dash. */
  readonly short?: string;
  /** An older long name that still works. */
  readonly alias?: string;
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
interface Valued {
  /** The placeholder for the value in the help. */
  readonly value: string;
  /** What a shell completes the value with: these words, files, or profile names. */
  readonly complete?: readonly string[] | "file" | "profile";
}

/** An option whose value is a setting of the run. */
interface Parsed<Value> extends Exported, Valued {
  /** Parses the text; throws an `ArarError` with what was expected. */
  readonly parse: Parse<Value>;
  /** The key of the same setting in a profile: of the profile that is selected, or of each whose role is assumed. */
  readonly profileKey?: string;
}

interface Single<Value> extends Parsed<Value> {
  /** Whether a lone `-` is a value. */
  readonly dashValue?: true;
  /** The text used if the option is not given. */
  readonly default?: string;
}

interface Repeated<Value> extends Parsed<Value> {
  /** Separates the values in the variable; without it the variable holds a single value. */
  readonly separator?: RegExp;
}

/** One row, without its name. */
export type Row =
  | Exported & { readonly kind: "flag" }
  | Single<unknown> & { readonly kind: "value" }
  | Repeated<unknown> & { readonly kind: "list" }
  /** Done instead of a run. */
  | Described & { readonly kind: "action" }
  | Described & Valued & { readonly kind: "action-value" };

/** One option. */
export type Option = Row & {
  /** Its name in the table: `roleArn`. */
  readonly key: string;
  /** Its long name, without the dashes: `role-arn`. */
  readonly name: string;
};

export function flag(row: Exported) {
  return { kind: "flag" as const, ...row };
}

export function value<Value>(row: Single<Value>) {
  return { kind: "value" as const, ...row };
}

export function list<Value>(row: Repeated<Value>) {
  return { kind: "list" as const, ...row };
}

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
