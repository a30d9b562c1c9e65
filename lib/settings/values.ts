/**
 * The one reader of options: typed before exported before written in a profile before the default, each with where it stands.
 *
 * @module
 */

import { envNames, type Option } from "../cli/option.ts";
import { type OptionName, OPTIONS, OTHER_NAMES, type TypedOptions, type ValueOf } from "../cli/options.ts";
import type { ParseSystem } from "../cli/parsers.ts";
import { closest } from "../cli/suggest.ts";
import { ArarError, quote } from "../errors.ts";
import type { Section } from "../profile/shared_files.ts";
import { type Env, fromEnv, type Sourced, unexpected } from "../sourced.ts";

/** A value, where it stands, and which kind of place that is. */
export interface Given<Value> extends Sourced<Value> {
  readonly layer: "typed" | "exported" | "profile" | "default";
}

/** What was given for each option; one that was not is absent. */
export type Values =
  & { readonly [Name in OptionName<"flag">]?: Given<true> }
  & { readonly [Name in OptionName<"value">]?: Given<ValueOf<Name>> }
  & { readonly [Name in OptionName<"list">]?: readonly Given<ValueOf<Name>>[] };

/** What was typed and exported. */
export interface Words {
  readonly options: TypedOptions;
  readonly env: Env;
}

/** A text that was given for an option, not yet read. */
type Text = Given<string>;

/** What was typed, by any name. */
type TypedByName = Readonly<Record<string, true | string | readonly string[] | undefined>>;

/** Reads every option; throws an `ArarError` for a value that is not what the option expects. */
export function readValues(words: Words, system: ParseSystem): Values {
  const entries = OPTIONS.flatMap((option: Option): [string, unknown][] => {
    switch (option.kind) {
      case "flag": {
        const given = readFlag(option, words);
        return given ? [[option.name, given]] : [];
      }
      case "value": {
        const given = single(option, words);
        return given ? [[option.name, { ...given, value: option.parse(given, system) }]] : [];
      }
      case "list": {
        const given = several(option, words).map((one) => ({ ...one, value: option.parse(one, system) }));
        return given.length > 0 ? [[option.name, given]] : [];
      }
      case "action":
      case "action-value":
        return [];
      default:
        return option satisfies never;
    }
  });
  // That each name has the value of its own row is what the loop above does; the types cannot follow it.
  return Object.fromEntries(entries) as Values;
}

/** What a profile says for the option, of itself (`profileKey`) or of its role (`roleKey`). */
export function profileValue<Name extends OptionName<"value" | "list">>(
  name: Name,
  section: Section | undefined,
  system: ParseSystem,
): Given<ValueOf<Name>> | undefined {
  const option = OPTIONS.find((row): row is Extract<typeof OPTIONS[number], { name: Name }> => row.name === name);
  if (!option || !("parse" in option)) return undefined;
  const row: Option = option;
  const key = "profileKey" in row ? row.profileKey : "roleKey" in row ? row.roleKey : undefined;
  const found = key === undefined ? undefined : section?.get(key);
  // As above.
  return found && { value: option.parse(found, system) as ValueOf<Name>, from: found.from, layer: "profile" };
}

function typed(option: Option, value: string): Text {
  return { value, from: `--${option.name}`, layer: "typed" };
}

function exported(option: Option, env: Env): Text | undefined {
  const given = fromEnv(env, ...envNames(option));
  return given && { ...given, layer: "exported" };
}

function single(option: Extract<Option, { kind: "value" }>, { options, env }: Words): Text | undefined {
  const text = typedByName(options)[option.name];
  if (typeof text === "string") return typed(option, text);
  const fallback = option.default;
  return exported(option, env) ??
    (fallback === undefined ? undefined : { value: fallback, from: "default", layer: "default" });
}

function several(option: Extract<Option, { kind: "list" }>, { options, env }: Words): readonly Text[] {
  const texts = typedByName(options)[option.name];
  if (Array.isArray(texts)) return texts.map((text) => typed(option, text));
  const given = exported(option, env);
  if (!given) return [];
  const parts = option.separator ? given.value.split(option.separator).map((part) => part.trim()) : [given.value];
  return parts.filter((part) => part !== "").map((value) => ({ ...given, value }));
}

function readFlag(option: Extract<Option, { kind: "flag" }>, { options, env }: Words): Given<true> | undefined {
  if (typedByName(options)[option.name]) return { ...typed(option, ""), value: true };
  const given = exported(option, env);
  if (!given || given.value === "0" || given.value === "false") return undefined;
  if (given.value === "1" || given.value === "true") return { ...given, value: true };
  throw unexpected(given, "1, true, 0 or false");
}

function typedByName(options: TypedOptions): TypedByName {
  return options;
}

/** Throws an `ArarError` for a variable that looks like arar's but is none: a guard with a slip in its name would not guard. */
export function refuseUnknownNames(env: Env): void {
  const typedOnly = OPTIONS.filter((option: Option) => envNames(option).length === 0).map(({ name }) => name);
  const known = [...OPTIONS.flatMap(envNames), ...OTHER_NAMES];
  for (const name of Object.keys(env)) {
    if (!name.startsWith("ARAR_") || known.some((one) => one === name)) continue;
    const option = typedOnly.find((one) => name === `ARAR_${one.toUpperCase().replaceAll("-", "_")}`);
    if (option) throw new ArarError(`${name} is set, but --${option} can only be typed; unset ${name}`);
    const meant = closest(name, known);
    throw new ArarError(`${quote(name)} is not a variable of arar's${meant ? `; did you mean ${meant}?` : ""}`, {
      hints: ["arar refuses unknown ARAR_ variables, so that none is set in vain: unset it"],
    });
  }
}
