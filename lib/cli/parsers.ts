/** Parsers for the values of options. */

import { ArarError, quote } from "../errors.ts";
import { type Origin, type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";

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
    const reason = cause instanceof Error ? cause.name : "error";
    throw new ArarError(`${from}: cannot read ${quote(path)} (${reason})`, { cause });
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
