/**
 * Reads the environment, once, and every option with its origin, and refuses combinations that exclude each other. In order of
 * precedence: command line, environment, profile, default.
 *
 * What arar reads and cannot decode is an error that names the variable, never an absent one: a policy or guard would
 * silently be ignored, and other credentials used.
 */

import { ararName, envNames, type Option, type Parse, type ParseSystem } from "../cli/option.ts";
import { OPTION_LIST, type OptionKey, OTHER_NAMES, type TypedOptions, type Values } from "../cli/options.ts";
import { ArarError, closest, quote } from "../errors.ts";
import type { Section } from "../profile/shared_files.ts";
import { type Env, fromEnv, made, Origin, type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";
import { REMOVED } from "../variables.ts";

/** The part of the system that reading the environment needs. */
export type EnvSystem = Pick<System, "env" | "envNames" | "hasEnv" | "os">;

/** What SDKs in the command read, arar only sometimes, or Deno itself, which would go through the proxy all the same. */
const OTHERS_READ = [...REMOVED.map(({ name }) => name), "BOTO_CONFIG", "NO_PROXY", "TMPDIR", "no_proxy"];

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

/** The command line's options and the environment. */
export interface Given {
  readonly options: TypedOptions;
  readonly env: Env;
}

/** Reads every option, without the profile; throws an `ArarError` for a value that is not what the option expects. */
export function readValues(given: Given, system: ParseSystem): Values {
  // Each name has the value of its own row, which the types cannot express.
  return Object.fromEntries(
    OPTION_LIST.map((option) => [option.key, read(option, given, system)]),
  ) as unknown as Values;
}

function read(option: Option, given: Given, system: ParseSystem): unknown {
  switch (option.kind) {
    case "flag":
      return readFlag(option, given);
    case "value": {
      const one = single(option, given);
      return one && { ...one, value: option.parse(one, system) };
    }
    case "list":
      return several(option, given).map((one) => ({ ...one, value: option.parse(one, system) }));
    case "action":
    case "action-value":
      return undefined;
    default:
      return option satisfies never;
  }
}

/** The option's value in a profile section, under its `profileKey`. */
export function profileValue<Value>(
  { parse, profileKey }: { readonly parse: Parse<Value>; readonly profileKey?: string },
  section: Section | undefined,
  system: ParseSystem,
): Sourced<Value> | undefined {
  const found = section?.get(profileKey ?? "");
  return found && { value: parse(found, system), from: found.from };
}

function fromCommandLine(option: Option, value: string): Sourced<string> {
  return { value, from: new Origin("command-line", `--${option.name}`) };
}

/**
 * An empty `ARAR_…` variable is not the same as an unset one: most likely it is a policy or guard from a CI variable that does
 * not exist. For `AWS_…` it is the same, as in every AWS tool, and for flags.
 */
function exported(option: Option, env: Env): Sourced<string> | undefined {
  const names = envNames(option);
  const empty = names.find((name) => name.startsWith("ARAR_") && env[name]?.trim() === "");
  if (empty !== undefined && option.kind !== "flag") throw emptyOption(empty);
  return fromEnv(env, ...names);
}

function emptyOption(name: string): ArarError {
  return new ArarError(`${name} is set but empty`, {
    hints: [`a CI variable that does not exist is empty: check its name where ${name} is set, or unset ${name}`],
  });
}

function single(option: Extract<Option, { kind: "value" }>, { options, env }: Given): Sourced<string> | undefined {
  const text = textOf(options, option);
  if (typeof text === "string") return fromCommandLine(option, text);
  return exported(option, env) ?? (option.default === undefined ? undefined : made(option.default, "default"));
}

function several(option: Extract<Option, { kind: "list" }>, { options, env }: Given): readonly Sourced<string>[] {
  const texts = textOf(options, option);
  if (Array.isArray(texts)) return texts.map((text) => oneOnly(option, text));
  const given = exported(option, env);
  if (!given) return [];
  const parts = option.separator ? given.value.split(option.separator).map((part) => part.trim()) : [given.value];
  const values = parts.filter((part) => part !== "");
  if (values.length === 0) throw emptyOption(given.from.name);
  return values.map((value) => ({ ...given, value }));
}

/** Only a variable holds several values. No value may contain the separator, but the message of STS would not say why. */
function oneOnly(option: Extract<Option, { kind: "list" }>, text: string): Sourced<string> {
  if (!option.separator?.test(text)) return fromCommandLine(option, text);
  throw new ArarError(`--${option.name} is ${quote(text)}; expected one value: repeat --${option.name} for each`);
}

function readFlag(option: Extract<Option, { kind: "flag" }>, { options, env }: Given): Sourced<true> | undefined {
  if (textOf(options, option)) return { ...fromCommandLine(option, ""), value: true };
  const given = exported(option, env);
  if (!given || given.value === "0" || given.value === "false") return undefined;
  if (given.value === "1" || given.value === "true") return { ...given, value: true };
  throw unexpected(given, "1, true, 0 or false");
}

function textOf(options: Readonly<Record<string, TypedOptions[OptionKey]>>, { key }: Option) {
  return options[key];
}

const SOURCE = "both select the source credentials";
const TOKEN = "both select the token";

/** Pairs that exclude each other if both are on the command line; one from the environment is overridden. */
const PAIRS: readonly (readonly [OptionKey, OptionKey, string])[] = [
  ["roleSessionName", "usernameSession", "both set the session name"],
  ["profile", "webIdentityTokenFile", SOURCE],
  ["profile", "webIdentityTokenEnv", SOURCE],
  ["profile", "oidc", SOURCE],
  ["profile", "credentialProcess", SOURCE],
  ["webIdentityTokenFile", "credentialProcess", SOURCE],
  ["webIdentityTokenEnv", "credentialProcess", SOURCE],
  ["oidc", "credentialProcess", SOURCE],
  ["webIdentityTokenFile", "webIdentityTokenEnv", TOKEN],
  ["webIdentityTokenFile", "oidc", TOKEN],
  ["webIdentityTokenEnv", "oidc", TOKEN],
  ["print", "dryRun", "--print plan is the dry run as JSON"],
];

/** Throws an `ArarError` for the first conflict, or option without the one it requires. */
export function refuseConflicts(values: Values): void {
  for (const [one, other, why] of PAIRS) {
    const [first, second] = [values[one], values[other]].flat();
    if (first?.from.layer === "command-line" && second?.from.layer === "command-line") {
      throw conflict(first, second, why);
    }
  }
  if (values.audience?.from.layer === "command-line" && !values.oidc) {
    throw new ArarError("--audience requires --oidc");
  }
  if (values.minTtl?.from.layer === "command-line" && !values.cache) {
    throw new ArarError("--min-ttl requires --cache");
  }
}

/** The error for two options that exclude each other. */
export function conflict(one: Sourced<unknown>, other: Sourced<unknown>, why: string): ArarError {
  return new ArarError(`${one.from} and ${other.from} cannot be combined: ${why}; drop one`);
}
