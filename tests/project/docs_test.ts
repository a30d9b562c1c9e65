/**
 * Holds README.md against the code: the blocks that the code knows are as the code has them now.
 * Must not know what stands in them.
 */
import { assertEquals } from "@std/assert";
import { README, renderReadme } from "../../.ci/docs.ts";

Deno.test("README.md has its blocks as `deno task docs` writes them", async () => {
  const text = await Deno.readTextFile(README);
  assertEquals(text, await renderReadme(text));
});
