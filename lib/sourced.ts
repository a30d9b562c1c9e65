/**
 * Values with the place they came from, and how environments and durations are read.
 * It must not know what a value is for.
 *
 * @module
 */

import { ArarError, quote } from "./errors.ts";

/** A value and the place it came from, such as `--region` or `AWS_REGION`. */
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

/** Seconds written as `3600` or `1h30m`, within bounds; throws an `ArarError` that names where they came from. */
export function parseSeconds(given: Sourced<string>, least: number, most: number): number {
  const seconds = secondsOf(given.value);
  if (seconds === undefined) {
    throw new ArarError(`${given.from} is ${quote(given.value)}; it takes seconds, or a duration such as 15m or 1h30m`);
  }
  if (seconds < least || seconds > most) {
    throw new ArarError(`${given.from} is ${quote(given.value)}; it takes ${least} to ${most} seconds`);
  }
  return seconds;
}

function secondsOf(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const [whole, hours, minutes, seconds] = /^(?:(\d{1,5})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?$/.exec(text) ?? [];
  if (!whole) return undefined;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}
