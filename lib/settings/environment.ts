/**
 * Reads the environment, once. What arar reads and cannot decode is an error that names the variable, never an absent one: a
 * policy or guard would silently be ignored, and other credentials used.
 */

import { ararName, envNames } from "../cli/option.ts";
import { OPTION_LIST, OTHER_NAMES } from "../cli/options.ts";
import { ArarError, closest, quote } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import { REMOVED } from "../variables.ts";

/** The part of the system that reading the environment needs. */
export type EnvSystem = Pick<System, "env" | "envNames" | "hasEnv" | "os">;

/** What SDKs in the command read, arar only sometimes, or Deno itself. */
const OTHERS_READ = [...REMOVED.map(({ name }) => name), "BOTO_CONFIG", "TMPDIR"];

/**
 * The environment; on Windows, where names are not case-sensitive, all of them in upper case. Throws an `ArarError` for an
 * `AWS_…` or `ARAR_…` variable that is not UTF-8, and any other such one throws when it is read.
 */
export function readEnv(system: EnvSystem): Env {
  const env = system.env();
  if (system.os === "windows") {
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]));
  }
  const isUnreadable = (name: string) => !Object.hasOwn(env, name) && system.hasEnv(name);
  const ours = (system.envNames() ?? []).filter((name) => /^(?:ARAR|AWS)_/.test(name));
  const unreadable = [...ours, ...OTHERS_READ].find(isUnreadable);
  if (unreadable !== undefined) throw notUtf8(unreadable);
  return new Proxy(env, {
    get(target, name) {
      // PATH only serves to find a missing command early; Deno reads the bytes themselves.
      if (typeof name === "string" && name !== "PATH" && isUnreadable(name)) throw notUtf8(name);
      return Reflect.get(target, name);
    },
  });
}

function notUtf8(name: string): ArarError {
  return new ArarError(`${name} is set to bytes that are not UTF-8, so arar cannot read it`, {
    hints: ["unset it, or set it to UTF-8 text"],
  });
}

/** Throws an `ArarError` for an unknown `ARAR_…` variable: a misspelled guard would silently do nothing. */
export function refuseUnknownNames(env: Env): void {
  const typedOnly = OPTION_LIST.filter((option) => envNames(option).length === 0).map(({ name }) => name);
  const known = [...OPTION_LIST.flatMap(envNames), ...OTHER_NAMES];
  for (const name of Object.keys(env)) {
    if (!name.startsWith("ARAR_") || known.some((one) => one === name)) continue;
    const option = typedOnly.find((one) => name === ararName(one));
    if (option) throw new ArarError(`${name} is not supported: use --${option}, and unset ${name}`);
    const meant = closest(name, known);
    throw new ArarError(`unknown variable ${quote(name)}${meant ? `; did you mean ${meant}?` : ""}`, {
      hints: ["arar refuses unknown ARAR_ variables, which would silently do nothing; unset it"],
    });
  }
}
