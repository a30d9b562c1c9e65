/**
 * From the words a person typed to data: which options, which command.
 *
 * `parseArgs` of `@std/cli` alone cannot serve a program that wraps another command: it drops the command's `--`, accepts
 * unknown options, turns `0123` into 123 and lets a boolean eat the command. So argv is first cut where the command begins,
 * by the option table; only arar's own words, each as `--name=value`, reach the parser.
 *
 * @module
 */

import { parseArgs as parseWords } from "@std/cli/parse-args";
import { ArarError, quote } from "../errors.ts";
import { type Option, takesValue } from "./option.ts";
import { findOption, OPTIONS, type TypedOptions } from "./options.ts";
import { closest } from "./suggest.ts";

/** What arar was asked to do, as typed. */
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

/** One of arar's own words, with its value where the option takes one. */
interface OwnWord {
  readonly option: Option;
  readonly value?: string;
}

/** Parses the words after the program's name; throws an `ArarError` that says what is wrong with which word. */
export function parseArgs(args: readonly string[]): ParsedArgs {
  const { own, command } = cut(args);
  refuseRepeated(own);
  const given = new Map(own.map(({ option, value }) => [option.name, value]));
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };
  const instead = ["completions", "clear-cache"].find((name) => given.has(name));
  if (instead && command.length > 0) throw usageError(`--${instead} takes no command`);
  const shell = given.get("completions");
  if (shell !== undefined) return { kind: "completions", shell };
  if (given.has("clear-cache")) return { kind: "clear-cache" };
  return { kind: "run", options: typedOptions(own), command };
}

/** Splits argv at the first word that belongs to the command, or at `--`. The command's words are never touched. */
function cut(args: readonly string[]): { readonly own: readonly OwnWord[]; readonly command: readonly string[] } {
  const own: OwnWord[] = [];
  let index = 0;
  while (index < args.length) {
    const word = args[index] ?? "";
    if (word === "--") {
      // `arar -- $UNSET` and `… | xargs arar --` would run nothing and succeed.
      if (index + 1 === args.length) {
        throw usageError("-- is followed by no command; without -- the role is only checked");
      }
      return { own, command: args.slice(index + 1) };
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word.startsWith("--")) {
      const parsed = longOption(word, args[index + 1]);
      own.push(parsed.word);
      index += parsed.words;
    } else {
      own.push(...shortOptions(word));
      index += 1;
    }
  }
  return { own, command: args.slice(index) };
}

function longOption(word: string, next: string | undefined): { readonly word: OwnWord; readonly words: 1 | 2 } {
  const [, name = "", inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const option = findOption(name);
  if (!option) {
    throw usageError(`unknown option ${quote(`--${name}`)}${suggestion(name)}`);
  }
  if (!takesValue(option)) {
    if (inline !== undefined) {
      throw usageError(`--${name} takes no value, got ${quote(inline)}`);
    }
    return { word: { option }, words: 1 };
  }
  const value = inline ?? next;
  if (value === undefined) {
    throw usageError(`--${name} needs a value: --${name} ${option.value}`);
  }
  if (value === "") {
    throw usageError(`--${name} got an empty value: --${name} ${option.value}`);
  }
  const dash = "dashValue" in option && value === "-";
  if (inline === undefined && value.startsWith("-") && !dash) {
    throw usageError(`--${name} needs a value; one that starts with "-" is written --${name}=${option.value}`);
  }
  return { word: { option, value }, words: inline === undefined ? 2 : 1 };
}

function shortOptions(word: string): readonly OwnWord[] {
  return [...word.slice(1)].map((letter) => {
    const option = OPTIONS.find((candidate: Option) => candidate.short === letter);
    if (!option) {
      // `-role-arn`, as some tools write their options.
      const name = word.slice(1).replace(/=.*$/s, "");
      const hint = name.length > 2 ? suggestion(name) : "";
      throw usageError(`unknown option ${quote(`-${letter}`)}${word.length > 2 ? ` in ${quote(word)}` : ""}${hint}`);
    }
    return { option };
  });
}

function refuseRepeated(own: readonly OwnWord[]): void {
  const seen = new Set<string>();
  for (const { option } of own) {
    const single = option.kind === "value" || option.kind === "action-value";
    if (single && seen.has(option.name)) {
      throw usageError(`--${option.name} is given twice; expected one value`);
    }
    seen.add(option.name);
  }
}

function typedOptions(own: readonly OwnWord[]): TypedOptions {
  const words = own.map(({ option, value }) => value === undefined ? `--${option.name}` : `--${option.name}=${value}`);
  const names = (...kinds: Option["kind"][]) =>
    OPTIONS.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name as string);
  const parsed: Record<string, unknown> = parseWords(words, {
    boolean: names("flag"),
    string: names("value", "list"),
    collect: names("list"),
    unknown: (word: string) => {
      throw usageError(`unknown option ${quote(word)}`);
    },
  });
  // Options that were not typed come back as false, "" or an empty list, by kind: only what was typed is kept.
  const typed = own.map(({ option: { name } }) => [name, parsed[name]]);
  // The parser's types know nothing of the table: the lists above give each kind its shape.
  return Object.freeze(Object.fromEntries(typed)) as TypedOptions;
}

function suggestion(name: string): string {
  // Whoever types --no-verbose does not mean --verbose.
  if (name.startsWith("no-")) return "";
  const names = OPTIONS.map((option) => option.name);
  const found = closest(name, names);
  return found === undefined ? "" : `; did you mean --${found}?`;
}

/** A mistake in how arar was called. */
function usageError(message: string): ArarError {
  return new ArarError(`${message} (see arar --help)`);
}
