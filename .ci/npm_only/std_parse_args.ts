/**
 * Replaces `@std/cli/parse-args` if JSR cannot be reached, for the words that arar passes to it: `--flag` and `--name=value`.
 * `tests/project/std_test.ts` runs the same cases on both.
 *
 * Not an npm package, since loading a CommonJS one would more than double the time of `arar --help`.
 */

/** The options of std's `parseArgs` that are supported here. */
export interface ParseOptions {
  boolean?: readonly string[];
  collect?: readonly string[];
  string?: readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What `parseArgs` returns. The real type can be narrower: assign it to `Record<string, unknown>`. */
export interface Args {
  [name: string]: unknown;
  _: (string | number)[];
}

export function parseArgs(
  args: readonly string[],
  { boolean = [], collect = [], string = [], unknown }: ParseOptions = {},
): Args {
  const lists = new Map(collect.map((name): [string, string[]] => [name, []]));
  const values = new Map<string, unknown>(boolean.map((name) => [name, false]));
  for (const word of args) {
    const [, name = "", value = ""] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    if (boolean.includes(name)) values.set(name, true);
    else if (lists.has(name)) lists.get(name)?.push(value);
    else if (string.includes(name)) values.set(name, value);
    else unknown?.(word, name, value);
  }
  return { ...Object.fromEntries(values), ...Object.fromEntries(lists), _: [] };
}
