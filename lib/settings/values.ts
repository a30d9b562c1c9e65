/** Reads every option, with its origin. In order of precedence: command line, environment, profile, default. */

import { ararName, envNames, type Option } from "../cli/option.ts";
import { findOption, type OptionName, OPTIONS, OTHER_NAMES, type TypedOptions, type ValueOf } from "../cli/options.ts";
import type { ParseSystem } from "../cli/parsers.ts";
import { closest } from "../cli/suggest.ts";
import { ArarError, quote } from "../errors.ts";
import type { Section } from "../profile/shared_files.ts";
import { type Env, fromEnv, made, Origin, type Sourced, unexpected } from "../sourced.ts";

/** The value of each option that was given; the others are absent. */
export type Values =
  & { readonly [Name in OptionName<"flag">]?: Sourced<true> }
  & { readonly [Name in OptionName<"value">]?: Sourced<ValueOf<Name>> }
  & { readonly [Name in OptionName<"list">]?: readonly Sourced<ValueOf<Name>>[] };

/** The command line's options and the environment. */
export interface Words {
  readonly options: TypedOptions;
  readonly env: Env;
}

/** The text given for an option, not yet parsed. */
type Text = Sourced<string>;

/** The same, for an option whose name is not known statically. */
interface WordsByName extends Pick<Words, "env"> {
  readonly options: Readonly<Record<string, true | string | readonly string[] | undefined>>;
}

/** Reads every option, without the profile; throws an `ArarError` for a value that is not what the option expects. */
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
  // Each name has the value of its own row, which the types cannot express.
  return Object.fromEntries(entries) as Values;
}

/** The option's value in a profile section, under its `profileKey` or `roleKey`. */
export function profileValue<Name extends OptionName<"value" | "list">>(
  name: Name,
  section: Section | undefined,
  system: ParseSystem,
): Sourced<ValueOf<Name>> | undefined {
  const option = findOption(name);
  if (option?.kind !== "value" && option?.kind !== "list") return undefined;
  const found = section?.get(option.profileKey ?? option.roleKey ?? "");
  // As above.
  return found && { value: option.parse(found, system) as ValueOf<Name>, from: found.from };
}

function typed(option: Option, value: string): Text {
  return { value, from: new Origin("typed", `--${option.name}`) };
}

function exported(option: Option, env: Env): Text | undefined {
  return fromEnv(env, ...envNames(option));
}

function single(option: Extract<Option, { kind: "value" }>, { options, env }: WordsByName): Text | undefined {
  const text = options[option.name];
  if (typeof text === "string") return typed(option, text);
  const fallback = option.default;
  return exported(option, env) ??
    (fallback === undefined ? undefined : made(fallback, "default"));
}

function several(option: Extract<Option, { kind: "list" }>, { options, env }: WordsByName): readonly Text[] {
  const texts = options[option.name];
  if (Array.isArray(texts)) return texts.map((text) => typed(option, text));
  const given = exported(option, env);
  if (!given) return [];
  const parts = option.separator ? given.value.split(option.separator).map((part) => part.trim()) : [given.value];
  return parts.filter((part) => part !== "").map((value) => ({ ...given, value }));
}

function readFlag(option: Extract<Option, { kind: "flag" }>, { options, env }: WordsByName): Sourced<true> | undefined {
  if (options[option.name]) return { ...typed(option, ""), value: true };
  const given = exported(option, env);
  if (!given || given.value === "0" || given.value === "false") return undefined;
  if (given.value === "1" || given.value === "true") return { ...given, value: true };
  throw unexpected(given, "1, true, 0 or false");
}

/** Throws an `ArarError` for an unknown `ARAR_…` variable: a misspelled guard would silently do nothing. */
export function refuseUnknownNames(env: Env): void {
  const typedOnly = OPTIONS.filter((option: Option) => envNames(option).length === 0).map(({ name }) => name);
  const known = [...OPTIONS.flatMap(envNames), ...OTHER_NAMES];
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
