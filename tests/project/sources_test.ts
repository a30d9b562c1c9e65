import { assertEquals } from "@std/assert";
import { sourceOf } from "./sources.ts";

/** The architecture test is only as good as its reading: every form of import counts, no comment or string does. */
const CASES: readonly {
  readonly name: string;
  readonly text: string;
  readonly imports: readonly string[];
}[] = [
  {
    name: "a named import",
    text: `import { a, type b } from "./x.ts";`,
    imports: ["lib/cli/x.ts"],
  },
  {
    name: "an import over several lines",
    text: `import {\n  a,\n  b,\n} from "../x.ts";`,
    imports: ["lib/x.ts"],
  },
  {
    name: "a default import beside names",
    text: `import a, { b } from "c";`,
    imports: ["c"],
  },
  {
    name: "a namespace import",
    text: `import * as a from "node:path";`,
    imports: ["node:path"],
  },
  {
    name: "a bare import",
    text: `import "./x.ts";`,
    imports: ["lib/cli/x.ts"],
  },
  {
    name: "a type import",
    text: `import type { A } from "../../tests/x.ts";`,
    imports: ["tests/x.ts (type)"],
  },
  {
    name: "re-exports",
    text: `export * from "./x.ts";\nexport { a } from "./y.ts";\n` +
      `export type { B } from "./z.ts";`,
    imports: ["lib/cli/x.ts", "lib/cli/y.ts", "lib/cli/z.ts (type)"],
  },
  {
    name: "a dynamic import",
    text: `const { a } = await import("@aws-sdk/client-sts");`,
    imports: ["@aws-sdk/client-sts"],
  },
  {
    name: "the type of a dynamic import",
    text: `type A = typeof import("./x.ts");`,
    imports: ["lib/cli/x.ts (type)"],
  },
  {
    name: "what looks like one in comments and code",
    text: `/**\n * import { a } from "a";\n */\n// import "b";\n` +
      `export const a = "c";\nexport function f() {\n  return "d";\n}`,
    imports: [],
  },
];

Deno.test("sourceOf()", async (t) => {
  for (const { name, text, imports } of CASES) {
    await t.step(`reads ${name}`, () => {
      const found = sourceOf("lib/cli/args.ts", text).imports;
      assertEquals(
        found.map(({ target, typeOnly }) => typeOnly ? `${target} (type)` : target),
        imports,
      );
    });
  }

  await t.step("leaves comments out of the code, and URLs in", () => {
    const { code } = sourceOf(
      "lib/x.ts",
      `/** Deno.exit */\nconst a = "https://b"; // Deno.exit\n`,
    );
    assertEquals(code.trim(), `const a = "https://b";`);
  });
});
