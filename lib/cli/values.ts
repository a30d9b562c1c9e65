/**
 * What was given for an option, typed or exported, and from where.
 * It must not know what a value is for.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Env, fromEnv, type Sourced } from "../sourced.ts";
import { envNames } from "./option.ts";
import { findOption, type OptionName, type TypedOptions } from "./options.ts";

/** What the user typed and exported. */
export interface Typed {
  readonly options: TypedOptions;
  readonly env: Env;
}

/** The option's value as typed. */
export function typedValue(options: TypedOptions, name: OptionName<"value">): Sourced<string> | undefined {
  const value = options[name];
  return value === undefined ? undefined : { value, from: `--${name}` };
}

/** The option's value: typed, else exported. */
export function readValue(
  { options, env }: Typed,
  name: OptionName<"value">,
): Sourced<string> | undefined {
  return typedValue(options, name) ?? fromEnv(env, ...namesOf(name));
}

/** Where the flag was set, if it is: typed, else exported as `1` or `true`. */
export function readFlag(
  { options, env }: Typed,
  name: OptionName<"flag">,
): Sourced<true> | undefined {
  if (options[name]) return { value: true, from: `--${name}` };
  const given = fromEnv(env, ...namesOf(name));
  if (!given || given.value === "0" || given.value === "false") {
    return undefined;
  }
  if (given.value === "1" || given.value === "true") {
    return { value: true, from: given.from };
  }
  throw new ArarError(`${given.from} is ${quote(given.value)}; it takes 1, true, 0 or false`);
}

/** What was typed for a list, in order. */
export function readList(options: TypedOptions, name: OptionName<"list">): readonly string[] {
  return options[name] ?? [];
}

function namesOf(name: OptionName): readonly string[] {
  const option = findOption(name);
  return option ? envNames(option) : [];
}
