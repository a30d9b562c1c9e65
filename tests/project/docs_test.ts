/**
 * Holds README.md against the code: the blocks that the code knows are as the code has them now.
 * Must not know what stands in them.
 */
import { assertEquals } from "@std/assert";
import { README, renderReadme } from "../../.ci/docs.ts";
import { listFiles } from "./sources.ts";

Deno.test("README.md has its blocks as `deno task docs` writes them", async () => {
  const text = await Deno.readTextFile(README);
  assertEquals(text, await renderReadme(text));
});

Deno.test("README.md tells what to do in the program's own words", async () => {
  const text = await Deno.readTextFile(README);
  const [, section = ""] = /^## When things go wrong$(.*?)^## /ms.exec(text) ?? [];
  const hints = [...section.matchAll(/^\| `.*?` +(?:\([^|]*\) +)?\| (\S[^|]*?) +\|$/gm)].map(([, hint = ""]) => hint);
  const sources = listFiles("lib", ".ts").map((path) => Deno.readTextFileSync(path)).join("\n");
  // A hint may be put together from parts; each of them stands in the program as it stands here.
  const strangers = hints.flatMap((hint) => hint.replace(/^what usually denies: /, "").split("; "))
    .filter((part) => !sources.includes(part));
  assertEquals([hints.length > 8, strangers], [true, []]);
});
