/** Values with their origin, and the error for one that is not what was expected. */

import { ArarError, quote } from "./errors.ts";

/** A value and its origin, in the user's words: `--region`, `AWS_REGION`, `region in [profile x] of FILE`. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly from: string;
}

/** Environment variables by name. */
export type Env = Readonly<Record<string, string>>;

/** The first variable that is set; an empty one counts as unset, as in every AWS tool. */
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
