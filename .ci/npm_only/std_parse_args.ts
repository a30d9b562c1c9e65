/**
 * Replaces `@std/cli/parse-args` if JSR cannot be reached, for what arar passes to it: flags, and options with a value in the
 * same word or the next. `tests/project/std_test.ts` runs the same cases on both.
 *
 * Not an npm package, since loading a CommonJS one would more than double the time of `arar --help`.
 */

/** The options of std's `parseArgs` that are supported here. */
export interface ParseOptions {
  alias?: Record<string, readonly string[]>;
  boolean?: readonly string[];
  collect?: readonly string[];
  string?: readonly string[];
}

/** What `parseArgs` returns. The real type can be narrower: assign it to `Record<string, unknown>`. */
export interface Args {
  [name: string]: unknown;
  _: (string | number)[];
}

export function parseArgs(
  args: readonly string[],
  { alias = {}, boolean = [], collect = [], string = [] }: ParseOptions = {},
): Args {
  const names = new Map(
    Object.entries(alias).flatMap(([name, others]) => others.map((other) => [other, name] as const)),
  );
  const lists = new Map(collect.map((name): [string, string[]] => [name, []]));
  const values = new Map<string, unknown>(boolean.map((name) => [name, false]));
  for (let index = 0; index < args.length; index++) {
    const [, written = "", inline] = /^--?([^=]+)(?:=([^]*))?$/.exec(args[index] ?? "") ?? [];
    const name = names.get(written) ?? written;
    if (boolean.includes(name)) {
      values.set(name, true);
      continue;
    }
    const value = inline ?? args[++index] ?? "";
    if (lists.has(name)) lists.get(name)?.push(value);
    else if (string.includes(name)) values.set(name, value);
  }
  return { ...Object.fromEntries(values), ...Object.fromEntries(lists), _: [] };
}
