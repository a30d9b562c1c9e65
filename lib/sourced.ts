/** Values with their origin, and the error for one that is not what was expected. */

import { ArarError, quote } from "./errors.ts";

/** What kind of place a value stands in, in order of precedence. The last two are made by arar or a program it asked. */
export type Layer = "command-line" | "exported" | "profile" | "default" | "answer";

/**
 * Where a value stands. Decisions read its fields; messages and views render it, in the user's words: `--region`,
 * `AWS_REGION`, `mfa_serial in [profile x] of ~/.aws/config`, `--policy "@FILE"`.
 */
export class Origin {
  constructor(
    readonly layer: Layer,
    /** The option, variable or setting, as written. */
    readonly name: string,
    /** `[profile x] of FILE` */
    readonly section?: string,
    /** What the value led to, such as ` "@FILE"`; rendered behind the name. */
    readonly detail?: string,
  ) {}

  /** The same place, and what its value led to. */
  with(detail: string): Origin {
    return new Origin(this.layer, this.name, this.section, detail);
  }

  toString(): string {
    return `${this.name}${this.detail ?? ""}${this.section === undefined ? "" : ` in ${this.section}`}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A value and its origin. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly from: Origin;
}

/** A value that neither the user nor a file gave. */
export function made<Value>(value: Value, by: string): Sourced<Value> {
  return { value, from: new Origin("default", by) };
}

/** Environment variables by name. */
export type Env = Readonly<Record<string, string>>;

/** The first variable that is set; an empty one counts as unset, as in every AWS tool. */
export function fromEnv(env: Env, ...names: readonly string[]): Sourced<string> | undefined {
  for (const name of names) {
    const value = env[name];
    if (value) return { value, from: new Origin("exported", name) };
  }
  return undefined;
}

/** The error for a value that is not what was expected. */
export function unexpected({ value, from }: Sourced<string>, expected: string): ArarError {
  return new ArarError(`${from} is ${quote(value)}; expected ${expected}`);
}
