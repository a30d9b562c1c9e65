/**
 * Parses argv into options and a command.
 *
 * `parseArgs` of `@std/cli` alone is not safe for a program that wraps a command: it drops the command's `--`, accepts
 * unknown options, turns `0123` into 123 and lets a flag swallow the command. So argv is first split where the command
 * begins, with the help of the option table; only arar's own words reach `parseArgs`.
 */

import { parseArgs as parseWords } from "@std/cli/parse-args";
import { ArarError, closest, quote } from "../errors.ts";
import { type Option, takesValue } from "./option.ts";
import { findOption, OPTION_LIST, type TypedOptions } from "./options.ts";

/** What the command line asks for. */
export type ParsedArgs =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "clear-cache" }
  | { readonly kind: "completions"; readonly shell: string }
  | {
    readonly kind: "run";
    readonly options: TypedOptions;
    readonly command: readonly string[];
  };

/** One of arar's own options, as `parseArgs` reads it. */
interface OwnOption {
  readonly option: Option;
  readonly words: readonly string[];
}

/** Parses the arguments; throws an `ArarError` that names the wrong one and the reason. */
export function parseArgs(args: readonly string[]): ParsedArgs {
  const { own, command } = cut(args);
  refuseRepeated(own);
  const options = typedOptions(own);
  if (options.help) return { kind: "help" };
  if (options.version) return { kind: "version" };
  const instead = own.find(({ option: { key } }) => key === "completions" || key === "clearCache")?.option;
  if (!instead) return { kind: "run", options, command };
  if (command.length > 0) throw usageError(`--${instead.name} takes no command`);
  return instead.key === "completions"
    ? { kind: "completions", shell: String(options.completions) }
    : { kind: "clear-cache" };
}

/** Splits argv at `--`, or before the first word that is not an option. The command's words are never touched. */
function cut(args: readonly string[]): { readonly own: readonly OwnOption[]; readonly command: readonly string[] } {
  const own: OwnOption[] = [];
  let index = 0;
  while (index < args.length) {
    const word = args[index] ?? "";
    if (word === "--") {
      // `arar -- $UNSET` and `… | xargs arar --` would run nothing and succeed.
      if (index + 1 === args.length) {
        throw usageError("no command after --; drop -- to only check the role");
      }
      return { own, command: args.slice(index + 1) };
    }
    if (!word.startsWith("-") || word === "-") break;
    const options = word.startsWith("--") ? [longOption(word, args[index + 1])] : shortOptions(word);
    own.push(...options);
    index += options[0]?.words.length ?? 1;
  }
  return { own, command: args.slice(index) };
}

function longOption(word: string, next: string | undefined): OwnOption {
  const [, name = "", inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const option = findOption(name);
  if (!option) {
    throw usageError(`unknown option ${quote(`--${name}`)}${suggestion(name)}`);
  }
  if (!takesValue(option)) {
    if (inline !== undefined) {
      throw usageError(`--${name} takes no value, got ${quote(inline)}`);
    }
    return { option, words: [word] };
  }
  const value = inline ?? next;
  if (value === undefined) {
    throw usageError(`--${name} needs a value: ${valuesOf(option)}`);
  }
  if (value === "") {
    throw usageError(`--${name} got an empty value: ${valuesOf(option)}`);
  }
  const dash = "dashValue" in option && value === "-";
  if (inline === undefined && value.startsWith("-") && !dash) {
    throw usageError(
      Array.isArray(option.complete)
        ? `--${name} needs a value: ${valuesOf(option)}`
        : `--${name} needs a value; write one that starts with "-" as --${name}=${option.value}`,
    );
  }
  return { option, words: inline === undefined ? [word, value] : [word] };
}

function valuesOf({ name, value, complete }: Extract<Option, { value: string }>): string {
  return Array.isArray(complete) ? complete.join(", ") : `--${name} ${value}`;
}

function shortOptions(word: string): readonly OwnOption[] {
  return [...word.slice(1)].map((letter) => {
    const option = OPTION_LIST.find((candidate) => candidate.short === letter);
    if (!option) {
      // `-role-arn`, the style of some other tools.
      const name = word.slice(1).replace(/=.*$/s, "");
      const hint = name.length > 2 ? suggestion(name) : "";
      throw usageError(`unknown option ${quote(`-${letter}`)}${word.length > 2 ? ` in ${quote(word)}` : ""}${hint}`);
    }
    return { option, words: [`-${letter}`] };
  });
}

function refuseRepeated(own: readonly OwnOption[]): void {
  const seen = new Set<string>();
  for (const { option } of own) {
    const single = option.kind === "value" || option.kind === "action-value";
    if (single && seen.has(option.name)) {
      throw usageError(`--${option.name} is given twice; expected one value`);
    }
    seen.add(option.name);
  }
}

function typedOptions(own: readonly OwnOption[]): TypedOptions {
  const names = (...kinds: Option["kind"][]) =>
    OPTION_LIST.flatMap(({ kind, name }) => kinds.includes(kind) ? [name] : []);
  // To the parser a lone - is no value unless it is part of the same word.
  const words = own.flatMap(({ words }) => words[1] === "-" ? words.join("=") : words);
  const parsed: Record<string, unknown> = parseWords(words, {
    boolean: names("flag", "action"),
    string: names("value", "list", "action-value"),
    collect: names("list"),
    alias: Object.fromEntries(OPTION_LIST.map(({ name, short = name, alias = name }) => [name, [short, alias]])),
  });
  // The parser adds false, "" or an empty list for options that were not typed: keep only those that were.
  const given = own.map(({ option: { key, name } }) => [key, parsed[name]]);
  // The parser's types are not derived from the table; the lists of names above ensure the types.
  return Object.freeze(Object.fromEntries(given)) as TypedOptions;
}

function suggestion(name: string): string {
  // --no-verbose does not mean --verbose.
  if (name.startsWith("no-")) return "";
  // The name of the setting in a profile: --mfa-serial.
  const setting = OPTION_LIST.find((option) =>
    "profileKey" in option && option.profileKey === name.replaceAll("-", "_")
  );
  const found = setting?.name ?? closest(name, OPTION_LIST.map((option) => option.name));
  return found === undefined ? "" : `; did you mean --${found}?`;
}

/** An error in the command line. */
function usageError(message: string): ArarError {
  return new ArarError(`${message} (see arar --help)`);
}
