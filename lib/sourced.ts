/**
 * Values with the place each came from, and how one that is not what was expected is reported.
 *
 * @module
 */

import { ArarError, quote } from "./errors.ts";

/** A value and where it stands, in the words of the user: `--region`, `AWS_REGION`, `region in [profile x] of FILE`. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly from: string;
}

/** The names and values of an environment. */
export type Env = Readonly<Record<string, string>>;

/** The first of the variables that is set; an empty one counts as unset, as in every AWS tool. */
export function fromEnv(env: Env, ...names: readonly string[]): Sourced<string> | undefined {
  for (const name of names) {
    const value = env[name];
    if (value) return { value, from: name };
  }
  return undefined;
}

/** The error for a value that is not what was expected. */
export function unexpected({ value, from }: Sourced<string>, expected: string): ArarError {
  return new ArarError(`${from} is ${quote(value)}; expected ${expected}`);
}
