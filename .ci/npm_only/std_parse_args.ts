/**
 * Stands in for `@std/cli/parse-args` where JSR cannot be reached, over minimist, from which std's parser descends. Knows
 * only the options this project uses; where minimist reads a word differently, the word is put right before it sees it.
 *
 * @module
 */
// @ts-types="@types/minimist"
import minimist from "minimist";

/** The options of std's `parseArgs` that are supported here. */
export interface ParseOptions {
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: string | readonly string[];
  collect?: string | readonly string[];
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  string?: string | readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What `parseArgs` returns. The real type can be narrower: assign it to `Record<string, unknown>` to be independent of that. */
export interface Args {
  [name: string]: unknown;
  _: (string | number)[];
}

type Unknown = NonNullable<ParseOptions["unknown"]>;

export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const names = declaredNames(options);
  const onUnknown: Unknown = options.unknown ?? (() => true);
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const extra: Record<string, unknown> = {};
  const words = readLikeStd(own, names, options.stopEarly ?? false, {
    onUnknown,
    keep: (key, value) => extra[key] = value,
  });
  const parsed: Args = minimist([...words, ...args.slice(own.length)], {
    alias: mutable(options.alias ?? {}),
    boolean: list(options.boolean),
    default: options.default ?? {},
    stopEarly: options.stopEarly ?? false,
    string: list(options.string),
    unknown: (arg) => onUnknown(arg, unknownLetter(arg, names)) !== false,
    "--": options["--"] ?? false,
  });
  return { ...extra, ...collected(parsed, options) };
}

function list(names: string | readonly string[] | undefined): string[] {
  return typeof names === "string" ? [names] : [...names ?? []];
}

function mutable(alias: NonNullable<ParseOptions["alias"]>) {
  return Object.fromEntries(
    Object.entries(alias).map(([name, others]) => [name, list(others)]),
  );
}

interface Names {
  readonly all: ReadonlySet<string>;
  readonly boolean: ReadonlySet<string>;
}

function declaredNames(options: ParseOptions): Names {
  const groups = Object.entries(mutable(options.alias ?? {}))
    .map(([name, others]) => [name, ...others]);
  const withAliases = (names: string[]) =>
    new Set([
      ...names,
      ...groups.filter((group) => group.some((one) => names.includes(one)))
        .flat(),
    ]);
  return {
    all: new Set([
      ...list(options.string),
      ...list(options.boolean),
      ...list(options.collect),
      ...groups.flat(),
    ]),
    boolean: withAliases(list(options.boolean)),
  };
}

interface Sink {
  readonly onUnknown: Unknown;
  readonly keep: (key: string, value: unknown) => void;
}

/**
 * The words, so that minimist does with them what std does: an undeclared long name is unknown as it stands (`--no-x`
 * negates nothing, though `--no-x=v` is `--x=v`), and a value may neither be empty nor start with `-` without `=`.
 */
function readLikeStd(
  args: readonly string[],
  names: Names,
  stopEarly: boolean,
  sink: Sink,
): string[] {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    const next = args[at + 1] ?? "";
    const hasNext = next !== "" && !next.startsWith("-");
    if (!/^-[^]/.test(word)) {
      if (stopEarly) return [...words, ...args.slice(at)];
      words.push(word);
      continue;
    }
    const { key, value } = longName(word);
    if (key === "") {
      words.push(word);
    } else if (names.all.has(key) && value !== undefined) {
      words.push(`--${key}=${value}`);
    } else if (names.all.has(key)) {
      words.push(hasNext || names.boolean.has(key) ? word : `${word}=`);
      if (hasNext && !names.boolean.has(key)) words.push(args[++at] ?? "");
    } else {
      const given = value ?? (hasNext ? next : true);
      if (value === undefined && hasNext) at++;
      if (sink.onUnknown(word, key, given) !== false) sink.keep(key, given);
    }
  }
  return words;
}

/** Name and value of `--name`, `--name=value`; `key` is empty where the word is of another form. */
function longName(word: string): { key: string; value?: string } {
  const [, no = "", name = "", value] =
    /^--(no-)?([^]+?)(?:=([^]*))?$/.exec(word) ?? [];
  return value === undefined ? { key: no + name } : { key: name, value };
}

/** The first undeclared letter of a cluster such as `-uX`, which minimist does not tell. */
function unknownLetter(arg: string, names: Names): string | undefined {
  if (!arg.startsWith("-")) return undefined;
  return [...arg.slice(1)].find((letter) => !names.all.has(letter));
}

/** Repeated values: all of them for a `collect` name, an empty list included, else the last. */
function collected(parsed: Args, options: ParseOptions): Args {
  const groups = Object.entries(mutable(options.alias ?? {}))
    .map(([name, others]) => [name, ...others]);
  const collect = new Set(
    list(options.collect).flatMap((name) =>
      groups.find((group) => group.includes(name)) ?? [name]
    ),
  );
  const { _, "--": rest, ...values } = parsed;
  for (const [name, value] of Object.entries(values)) {
    if (collect.has(name)) {
      values[name] = Array.isArray(value) ? value : [value];
    } else if (Array.isArray(value)) values[name] = value.at(-1);
  }
  for (const name of collect) values[name] ??= [];
  return { ...values, _, ...(rest === undefined ? {} : { "--": rest }) };
}
