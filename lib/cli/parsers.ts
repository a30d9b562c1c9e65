/**
 * How the text of an option's value is read, whatever the option is for.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";

/** What of the world reading a value takes. */
export type ParseSystem = Pick<System, "os" | "readTextFileSync">;

/** From a text, and where it stands, to a value; throws an `ArarError` that says what was expected. */
export type Parse<Value> = (given: Sourced<string>, system: ParseSystem) => Value;

/** The text as it is. */
export const text: Parse<string> = ({ value }) => value;

/** A text of this form. */
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

/** Seconds, written as `3600` or `1h30m`, within these bounds. */
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

/** The name of an environment variable. A token given in place of its name is not repeated. */
export const variableName: Parse<string> = ({ value, from }, { os }) => {
  // Windows has more letters in names than this, yet no program has use for them.
  if (/^[A-Za-z_][\w()]*$/.test(value) && value.length <= 255) return os === "windows" ? value.toUpperCase() : value;
  throw new ArarError(`${from} is not the name of a variable; expected a name such as CI_TOKEN, not its value`);
};

/** The path of a file. A token given in place of the file that holds it is not repeated. */
export const filePath: Parse<string> = ({ value, from }) => {
  if (!/^eyJ[\w-]+\./.test(value)) return value;
  throw new ArarError(`${from} is a token; expected the path of the file that holds it`);
};

/** A text that is typed, or read from the file that `@FILE` names. */
export interface TypedText {
  readonly text: string;
  /** Where it stands: the option, and the file if there is one. */
  readonly from: string;
}

/** A text, or `@FILE`. */
export const textOrFile: Parse<TypedText> = ({ value, from }, { readTextFileSync }) => {
  if (!value.startsWith("@")) return { text: value, from };
  const path = value.slice(1);
  let content: string | undefined;
  try {
    content = readTextFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : "error";
    throw new ArarError(`${from} cannot read the file ${quote(path)} (${reason})`, { cause });
  }
  if (content === undefined) throw new ArarError(`${from} names ${quote(path)}, but there is no such file`);
  // Editors on Windows write a byte order mark.
  return { text: content.replace(/^\ufeff/, ""), from: `${from} ${quote(value)}` };
};

/** A key and its value. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** `KEY=VALUE`, taken apart at the first `=`. */
export const keyValue: Parse<KeyValue> = (given) => {
  const equals = given.value.indexOf("=");
  if (equals <= 0) throw unexpected(given, "KEY=VALUE");
  return { key: given.value.slice(0, equals), value: given.value.slice(equals + 1) };
};
