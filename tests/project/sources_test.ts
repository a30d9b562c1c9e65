import { assertEquals } from "@std/assert";
import { sourceOf } from "./sources.ts";

/** Every form of import. The architecture test depends on them. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'import { a, type b } from "./x.ts";': ["lib/cli/x.ts"],
  'import {\n  a,\n  b,\n} from "../x.ts";': ["lib/x.ts"],
  'import a, { b } from "c";': ["c"],
  'import * as a from "node:path";': ["node:path"],
  'import "./x.ts";': ["lib/cli/x.ts"],
  'import type { A } from "../../tests/x.ts";': ["tests/x.ts (type)"],
  'export * from "./x.ts";\nexport { a } from "./y.ts";': ["lib/cli/x.ts", "lib/cli/y.ts"],
  'export type { B } from "./z.ts";': ["lib/cli/z.ts (type)"],
  'const { a } = await import("@aws-sdk/client-sts");': ["@aws-sdk/client-sts"],
  'type A = typeof import("./x.ts");': ["lib/cli/x.ts (type)"],
  '/**\n * import { a } from "a";\n */\n// import "b";\nexport const a = "c";\nexport function f() {\n  return "d";\n}':
    [],
};

Deno.test("sourceOf() finds every import, but none in a comment or string", () => {
  for (const [text, imports] of Object.entries(CASES)) {
    const found = sourceOf("lib/cli/args.ts", text).imports;
    assertEquals(found.map(({ target, typeOnly }) => typeOnly ? `${target} (type)` : target), imports, text);
  }
});

Deno.test("sourceOf() removes comments from the code, but not URLs", () => {
  const { code } = sourceOf("lib/x.ts", `/** Deno.exit */\nconst a = "https://b"; // Deno.exit\n`);
  assertEquals(code.trim(), `const a = "https://b";`);
});
