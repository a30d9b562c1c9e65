/**
 * Has V8 compile what nearly every run calls together with the file it is in. Deno keeps the bytecode of that moment in its code
 * cache; a function that is compiled at its first call is parsed and compiled anew at each start, which took a fifth of a run.
 *
 * V8 does so with a function in parentheses, since it expects that one to be called at once:
 * https://v8.dev/blog/preparser#pife
 * That says nothing of methods of classes, and nothing can.
 */
import { type AnyNode, type ArrowFunctionExpression, parse, type Program } from "acorn";

/** Where the functions of a file begin that were called, as offsets in its text. */
export type Called = ReadonlySet<number>;

/** Runs a program with these arguments, one run after the other; the result is what was called, by the file's URL. */
export async function calledFunctions(
  program: string,
  runs: readonly (readonly string[])[],
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Called>> {
  const folder = await Deno.makeTempDir({ prefix: "arar-coverage-" });
  try {
    for (const args of runs) {
      const words = [
        "run",
        "--quiet",
        "--no-config",
        "--no-lock",
        "-A",
        `--coverage=${folder}/coverage`,
        program,
        ...args,
      ];
      const options = { args: words, env: { ...env, HOME: folder, DENO_DIR: folder }, clearEnv: true } as const;
      const { success, stderr } = await new Deno.Command(Deno.execPath(), options).output();
      if (!success) throw new Error(`${program} ${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
    }
    const called = new Map<string, Set<number>>();
    for await (const { name } of Deno.readDir(`${folder}/coverage`)) {
      const { url, functions }: Coverage = JSON.parse(await Deno.readTextFile(`${folder}/coverage/${name}`));
      // The first is the file itself.
      const starts = functions.slice(1).flatMap(({ ranges: [all] }) => all && all.count > 0 ? [all.startOffset] : []);
      called.set(url, (called.get(url) ?? new Set()).union(new Set(starts)));
    }
    return called;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-ScriptCoverage */
interface Coverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

/** The same module, with the functions that were called in parentheses. */
export function compiledEagerly(text: string, called: Called): string {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const edits: Edit[] = [];
  visit(program, (node, parent) => {
    if (called.has(node.start)) edits.push(...parenthesized(node, parent, text));
  });
  edits.sort((a, b) => a.start - b.start || a.end - b.end);
  return declarationsFirst(program, called).map((range) => edited(text, range, edits)).join("\n");
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a range of the text is replaced by. */
interface Edit extends Range {
  readonly text: string;
}

function parenthesized(node: AnyNode, parent: AnyNode | undefined, text: string): readonly Edit[] {
  switch (node.type) {
    case "FunctionExpression":
      return parent?.type === "MethodDefinition" ? [] : wrapped(node);
    case "FunctionDeclaration":
      return parent?.type === "Program" ? wrapped(node, `var ${node.id?.name} = (`, ");") : [];
    case "ArrowFunctionExpression":
      return node.async ? asyncFunction(node, text) : wrapped(node);
    case "Property":
      return methodAsValue(node, text);
    default:
      return [];
  }
}

type PropertyNode = Extract<AnyNode, { readonly type: "Property" }>;

function wrapped({ start, end }: Range, before = "(", after = ")"): readonly Edit[] {
  return [{ start, end: start, text: before }, { start: end, end, text: after }];
}

function methodAsValue({ computed, end, key, method, start, value }: PropertyNode, text: string): readonly Edit[] {
  if (!method || computed || value.type !== "FunctionExpression" || mentions(value, OF_METHODS)) return [];
  const keyword = `${value.async ? "async " : ""}function${value.generator ? "*" : ""}`;
  const name = text.slice(key.start, key.end);
  return [{ start, end: value.start, text: `${name}: (${keyword} ` }, { start: end, end, text: ")" }];
}

/** V8 does not compile `(async () => {})` with the file, but `(async function () {})`. */
function asyncFunction(arrow: ArrowFunctionExpression, text: string): readonly Edit[] {
  if (mentions(arrow, OF_FUNCTIONS)) return [];
  const { start, end, body, expression } = arrow;
  const keyword = start + "async".length;
  const parameters = arrow.params.at(-1)?.end ?? keyword;
  const head = text.slice(parameters, body.start).replace("=>", expression ? "{ return" : "");
  return [
    { start, end: keyword, text: "(async function" },
    { start: parameters, end: body.start, text: head },
    { start: end, end, text: expression ? "; })" : ")" },
  ];
}

/** What a method has and a function has not. */
const OF_METHODS = ["Super"];
/** What a function has of its own, and an arrow function has not. */
const OF_FUNCTIONS = [...OF_METHODS, "ThisExpression", "MetaProperty", "arguments"];

function mentions(within: AnyNode, types: readonly string[]): boolean {
  let found = false;
  visit(within, (node) => {
    if (types.includes(node.type === "Identifier" ? node.name : node.type)) found = true;
  });
  return found;
}

/** The statements, those first that are turned from declarations, which may be used anywhere, into values. */
function declarationsFirst({ body }: Program, called: Called): readonly Range[] {
  const isTurned = (node: AnyNode) => node.type === "FunctionDeclaration" && called.has(node.start);
  return [...body.filter(isTurned), ...body.filter((node) => !isTurned(node))];
}

function edited(text: string, { start, end }: Range, edits: readonly Edit[]): string {
  let result = "";
  let at = start;
  for (const edit of edits) {
    if (edit.start < start || edit.end > end) continue;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at, end);
}

function visit(node: AnyNode, action: (node: AnyNode, parent: AnyNode | undefined) => void, parent?: AnyNode): void {
  action(node, parent);
  for (const value of Object.values(node)) {
    for (const child of [value].flat()) if (isNode(child)) visit(child, action, node);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
