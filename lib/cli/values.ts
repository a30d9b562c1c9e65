/**
 * What was given for an option, typed or exported, and from where; and how durations are written.
 * It must not know what a value is for.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import {
  envNames,
  findOption,
  type OptionName,
  type TypedOptions,
} from "./options.ts";

/** A value and the place it came from, such as `--region` or `AWS_REGION`. */
export interface Given<Value> {
  readonly value: Value;
  readonly from: string;
}

/** The names and values of an environment. */
export type Env = Readonly<Record<string, string>>;

/** What the user typed and exported. */
export interface Typed {
  readonly options: TypedOptions;
  readonly env: Env;
}

/** The variable's value; an empty one counts as unset, as in every AWS tool. */
export function fromEnv(
  env: Env,
  ...names: readonly string[]
): Given<string> | undefined {
  for (const name of names) {
    const value = env[name];
    if (value) return { value, from: name };
  }
  return undefined;
}

/** The option's value as typed. */
export function typedValue(
  options: TypedOptions,
  name: OptionName<"value">,
): Given<string> | undefined {
  const value = options[name];
  return value === undefined ? undefined : { value, from: `--${name}` };
}

/** The option's value: typed, else exported. */
export function readValue(
  { options, env }: Typed,
  name: OptionName<"value">,
): Given<string> | undefined {
  return typedValue(options, name) ?? fromEnv(env, ...namesOf(name));
}

/** Where the flag was set, if it is: typed, else exported as `1` or `true`. */
export function readFlag(
  { options, env }: Typed,
  name: OptionName<"flag">,
): Given<true> | undefined {
  if (options[name]) return { value: true, from: `--${name}` };
  const given = fromEnv(env, ...namesOf(name));
  if (!given || given.value === "0" || given.value === "false") {
    return undefined;
  }
  if (given.value === "1" || given.value === "true") {
    return { value: true, from: given.from };
  }
  throw new ArarError(
    `${given.from} is ${quote(given.value)}; it takes 1, true, 0 or false`,
  );
}

/** What was typed for a list, in order. */
export function readList(
  options: TypedOptions,
  name: OptionName<"list">,
): readonly string[] {
  return options[name] ?? [];
}

/** Seconds written as `3600` or `1h30m`, within bounds; throws an `ArarError` that names where they came from. */
export function parseSeconds(
  given: Given<string>,
  least: number,
  most: number,
): number {
  const seconds = secondsOf(given.value);
  if (seconds === undefined) {
    throw new ArarError(
      `${given.from} is ${
        quote(given.value)
      }; it takes seconds, or a duration such as 15m or 1h30m`,
    );
  }
  if (seconds < least || seconds > most) {
    throw new ArarError(
      `${given.from} is ${
        quote(given.value)
      }; it takes ${least} to ${most} seconds`,
    );
  }
  return seconds;
}

function secondsOf(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const [whole, hours, minutes, seconds] =
    /^(?:(\d{1,5})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?$/.exec(text) ?? [];
  if (!whole) return undefined;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 +
    Number(seconds ?? 0);
}

function namesOf(name: OptionName): readonly string[] {
  const option = findOption(name);
  return option ? envNames(option) : [];
}
