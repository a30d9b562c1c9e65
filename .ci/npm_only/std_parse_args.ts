/**
 * Stands in for `@std/cli/parse-args` where JSR cannot be reached. Knows only the options this project uses, and reads a
 * word as std does in every form of it: `tests/project/std_test.ts` holds both to the same cases.
 *
 * Of no package: one in CommonJS would more than double what `arar --help` costs.
 *
 * @module
 */

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

export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : args.slice(end + 1);
  const parsing = new Parsing(options);
  for (let at = 0; at < own.length;) at += parsing.read(own, at);
  return parsing.result(rest);
}

class Parsing {
  readonly #options: ParseOptions;
  readonly #groups: readonly (readonly string[])[];
  readonly #boolean: ReadonlySet<string>;
  readonly #string: ReadonlySet<string>;
  readonly #collect: ReadonlySet<string>;
  readonly #values = new Map<string, unknown>();
  readonly #words: (string | number)[] = [];

  constructor(options: ParseOptions) {
    this.#options = options;
    this.#groups = Object.entries(options.alias ?? {}).map(([name, others]) => [name, ...list(others).map(String)]);
    this.#boolean = this.#declared(options.boolean);
    this.#string = this.#declared(options.string);
    this.#collect = this.#declared(options.collect);
  }

  /** Reads the word at this place, and tells how many words that took. */
  read(args: readonly string[], at: number): number {
    const word = args[at] ?? "";
    const next = args[at + 1] ?? "";
    if (/^--[^]/.test(word)) return this.#long(word, next);
    if (/^-[^]/.test(word)) return this.#letters(word, next);
    if (this.#options.unknown?.(word) !== false) this.#words.push(numberOr(word));
    if (!this.#options.stopEarly) return 1;
    this.#words.push(...args.slice(at + 1));
    return args.length - at;
  }

  result(rest: readonly string[]): Args {
    for (const name of this.#boolean) if (!this.#values.has(name)) this.#values.set(name, false);
    for (const name of this.#collect) if (!this.#values.has(name)) this.#values.set(name, []);
    const values = { ...this.#options.default, ...Object.fromEntries(this.#values) };
    return this.#options["--"]
      ? { ...values, _: this.#words, "--": rest }
      : { ...values, _: [...this.#words, ...rest.map(numberOr)] };
  }

  /** `--name`, `--name=value`, `--name value`. A `no-` negates nothing, and yet `--no-name=value` is `--name=value`. */
  #long(word: string, next: string): number {
    const [, given = "", value] = /^--(?:no-(?=[^=]+=))?([^]+?)(?:=([^]*))?$/.exec(word) ?? [];
    if (value === undefined) return this.#named(given, word, next);
    this.#set(given, this.#boolean.has(given) ? value !== "false" : value, word);
    return 1;
  }

  /** `-a`, `-ab`, `-a=value`, `-a value`: only the last letter takes the next word. */
  #letters(word: string, next: string): number {
    const [, letters = "", value] = /^-([^=]+)(?:=([^]+))?/.exec(word) ?? [];
    const last = letters.at(-1) ?? "";
    for (const letter of letters.slice(0, -1)) this.#set(letter, this.#string.has(letter) ? "" : true, word);
    if (value === undefined) return this.#named(last, word, next);
    this.#set(last, value, word);
    return 1;
  }

  /** A name without a value: the next word may be one, unless it is empty or begins as an option does. */
  #named(name: string, word: string, next: string): number {
    const takesNext = this.#boolean.has(name) ? /^(true|false)$/.test(next) : /^[^-]/.test(next);
    if (!takesNext) this.#set(name, this.#string.has(name) ? "" : true, word);
    else this.#set(name, this.#boolean.has(name) ? next === "true" : next, word);
    return takesNext ? 2 : 1;
  }

  #set(name: string, value: unknown, word: string): void {
    const declared = [this.#boolean, this.#string, this.#collect].some((names) => names.has(name)) ||
      this.#groups.some((group) => group.includes(name));
    if (!declared && this.#options.unknown?.(word, name, value) === false) return;
    for (const one of this.#namesOf(name)) {
      this.#values.set(one, this.#collect.has(one) ? [...list(this.#values.get(one)), value] : value);
    }
  }

  #namesOf(name: string): readonly string[] {
    return this.#groups.find((group) => group.includes(name)) ?? [name];
  }

  #declared(names: string | readonly string[] | undefined): ReadonlySet<string> {
    return new Set(list(names).flatMap((name) => this.#namesOf(String(name))));
  }
}

function list(values: unknown): readonly unknown[] {
  return Array.isArray(values) ? values : values === undefined ? [] : [values];
}

/** A word that is no option's becomes a number where it looks like one. */
function numberOr(word: string): string | number {
  return /^(?:0x[0-9a-f]+|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)$/i.test(word) ? Number(word) : word;
}
