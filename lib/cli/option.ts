/** What a row of the option table says, what follows from a row, and the parsers of values. */

import { ArarError, quote, reasonOf } from "../errors.ts";
import { type Origin, type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";

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

/** What the help says of every option. */
interface Described {
  readonly heading: typeof HEADINGS[number];
  /** A few words, lower case, no period, at most 46 characters. */
  readonly summary: string;
}

/** An option that takes a value. */
interface Valued extends Described {
  /** The placeholder for the value in the help. */
  readonly value: string;
}

interface Spelled {
  /** The one-letter name, without the dash. */
  readonly short?: string;
  /** An older long name that still works. */
  readonly alias?: string;
}

interface Completed extends Spelled {
  /** What a shell completes the value with: these words, files, or profile names. */
  readonly complete?: readonly string[] | "file" | "profile";
}

/** An option that can also be set in the environment. */
interface Exported extends Spelled {
  /** The variables, of which the first that is set wins; `ARAR_X_Y` for `--x-y` by default. Empty: command line only. */
  readonly env?: readonly string[];
  /** Whether a nested arar inherits the variable, because it is a habit rather than part of a single run. */
  readonly isHabit?: true;
  /** Whether it requires a role, so that it cannot narrow the current session. */
  readonly isForRoles?: true;
}

/** An option whose value is a setting of the run. */
interface Parsed<Value> extends Exported, Completed {
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
  | Described & Exported & { readonly kind: "flag" }
  | Valued & Single<unknown> & { readonly kind: "value" }
  | Valued & Repeated<unknown> & { readonly kind: "list" }
  /** Done instead of a run. */
  | Described & Spelled & { readonly kind: "action" }
  | Valued & Completed & { readonly kind: "action-value" };

/** One option. */
export type Option = Row & {
  /** Its name in the table: `roleArn`. */
  readonly key: string;
  /** Its long name, without the dashes: `role-arn`. */
  readonly name: string;
};

export function flag(heading: Described["heading"], summary: string, more: Exported = {}) {
  return { kind: "flag" as const, heading, summary, ...more };
}

export function value<Value>(heading: Described["heading"], value: string, summary: string, more: Single<Value>) {
  return { kind: "value" as const, heading, value, summary, ...more };
}

export function list<Value>(heading: Described["heading"], value: string, summary: string, more: Repeated<Value>) {
  return { kind: "list" as const, heading, value, summary, ...more };
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

/** The part of the system that parsing a value needs. */
export type ParseSystem = Pick<System, "os" | "readTextFileSync">;

/** Parses a text; throws an `ArarError` with its origin and what was expected. */
export type Parse<Value> = (given: Sourced<string>, system: ParseSystem) => Value;

/** Any text. */
export const text: Parse<string> = ({ value }) => value;

/** A text that matches the pattern. */
export function matching(pattern: RegExp, expected: string): Parse<string> {
  return (given) => {
    if (pattern.test(given.value)) return given.value;
    throw unexpected(given, expected);
  };
}

/** One of these words. */
export function oneOf<Word extends string>(words: readonly Word[]): Parse<Word> {
  return (given) => {
    const found = words.find((word) => word === given.value);
    if (found !== undefined) return found;
    throw unexpected(given, words.join(", "));
  };
}

/** A duration in seconds, written as `3600` or `1h30m`, within these bounds. */
export function seconds(least: number, most: number): Parse<number> {
  return (given) => {
    const value = secondsOf(given.value);
    if (value === undefined) throw unexpected(given, "seconds, or a duration such as 15m or 1h30m");
    if (value < least || value > most) throw unexpected(given, `${least} to ${most} seconds`);
    return value;
  };
}

function secondsOf(written: string): number | undefined {
  if (/^\d{1,9}$/.test(written)) return Number(written);
  const [whole, hours, minutes, rest] = /^(?:(\d{1,5})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?$/.exec(written) ?? [];
  if (!whole) return undefined;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0);
}

/** The name of an environment variable. The message does not repeat the value, which may be the token itself. */
export const variableName: Parse<string> = ({ value, from }, { os }) => {
  // Windows allows more characters in names, such as in ProgramFiles(x86).
  if (/^[A-Za-z_][\w()]*$/.test(value) && value.length <= 255) return os === "windows" ? value.toUpperCase() : value;
  throw new ArarError(`${from} is not the name of a variable; expected a name such as CI_TOKEN, not its value`);
};

/** The path of a file. The message does not repeat a token that was given instead. */
export const filePath: Parse<string> = ({ value, from }) => {
  if (!/^eyJ[\w-]+\./.test(value)) return value;
  throw new ArarError(`${from} is a token; expected the path of the file that holds it`);
};

/** A text, given directly or as `@FILE`. */
export interface TypedText {
  readonly text: string;
  /** The origin: the option, and the file if there is one. */
  readonly from: Origin;
}

/** A text, or `@FILE` for the content of a file. */
export const textOrFile: Parse<TypedText> = ({ value, from }, { readTextFileSync }) => {
  if (!value.startsWith("@")) return { text: value, from };
  const path = value.slice(1);
  let content: string | undefined;
  try {
    content = readTextFileSync(path);
  } catch (cause) {
    throw new ArarError(`${from}: cannot read ${quote(path)} (${reasonOf(cause)})`, { cause });
  }
  if (content === undefined) throw new ArarError(`${from}: no such file ${quote(path)}`);
  // Editors on Windows write a byte order mark.
  return { text: content.replace(/^\ufeff/, ""), from: from.with(` ${quote(value)}`) };
};

/** A key and its value. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** `KEY=VALUE`, split at the first `=`. */
export const keyValue: Parse<KeyValue> = (given) => {
  const equals = given.value.indexOf("=");
  if (equals <= 0) throw unexpected(given, "KEY=VALUE");
  return { key: given.value.slice(0, equals), value: given.value.slice(equals + 1) };
};
