import { assertEquals } from "@std/assert";
import { sourceOf } from "./sources.ts";

/** Every form of import. The architecture test depends on them. */
const CASES: readonly (readonly [name: string, text: string, imports: readonly string[]])[] = [
  ["a named import", 'import { a, type b } from "./x.ts";', ["lib/cli/x.ts"]],
  ["an import over several lines", 'import {\n  a,\n  b,\n} from "../x.ts";', ["lib/x.ts"]],
  ["a default import beside names", 'import a, { b } from "c";', ["c"]],
  ["a namespace import", 'import * as a from "node:path";', ["node:path"]],
  ["a bare import", 'import "./x.ts";', ["lib/cli/x.ts"]],
  ["a type import", 'import type { A } from "../../tests/x.ts";', ["tests/x.ts (type)"]],
  [
    "re-exports",
    'export * from "./x.ts";\nexport { a } from "./y.ts";\nexport type { B } from "./z.ts";',
    ["lib/cli/x.ts", "lib/cli/y.ts", "lib/cli/z.ts (type)"],
  ],
  ["a dynamic import", 'const { a } = await import("@aws-sdk/client-sts");', ["@aws-sdk/client-sts"]],
  ["the type of a dynamic import", 'type A = typeof import("./x.ts");', ["lib/cli/x.ts (type)"]],
  [
    "none in comments and strings",
    '/**\n * import { a } from "a";\n */\n// import "b";\nexport const a = "c";\nexport function f() {\n  return "d";\n}',
    [],
  ],
];

Deno.test("sourceOf()", async (t) => {
  for (const [name, text, imports] of CASES) {
    await t.step(`finds ${name}`, () => {
      const found = sourceOf("lib/cli/args.ts", text).imports;
      assertEquals(found.map(({ target, typeOnly }) => typeOnly ? `${target} (type)` : target), imports);
    });
  }

  await t.step("removes comments from the code, but not URLs", () => {
    const { code } = sourceOf("lib/x.ts", `/** Deno.exit */\nconst a = "https://b"; // Deno.exit\n`);
    assertEquals(code.trim(), `const a = "https://b";`);
  });
});
