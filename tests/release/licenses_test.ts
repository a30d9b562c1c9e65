import { assertEquals, assertRejects } from "@std/assert";
import type { CachedPackage } from "../../.ci/deno_graph.ts";
import { licensesOf } from "../../.ci/release/licenses.ts";

const SEPARATOR = `\n${"-".repeat(80)}\n\n`;

Deno.test("licensesOf()", async (t) => {
  const root = await Deno.makeTempDir();
  /** A package with these files, from a repository. */
  async function place(
    name: string,
    files: Readonly<Record<string, string>>,
    repository = name,
  ): Promise<CachedPackage> {
    const folder = `${root}/${name}`;
    await Deno.mkdir(folder);
    const manifest = { license: "Apache-2.0", repository: { url: repository } };
    for (const [file, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
      await Deno.writeTextFile(`${folder}/${file}`, text);
    }
    return { name, version: "1.0.0", folder };
  }
  const sections = async (...args: Parameters<typeof licensesOf>) =>
    (await licensesOf(...args)).split(SEPARATOR).slice(2, -1);

  const alpha = await place("alpha", { LICENSE: "terms of alpha\n" });
  const beta = await place("beta", { "license.md": "terms of alpha" });
  const silent = await place("silent", { "readme.md": "no license here" }, "alpha");

  await t.step("groups packages by the text of their license", async () => {
    assertEquals(await sections([beta, alpha], []), ["npm:alpha@1.0.0\nnpm:beta@1.0.0\n\nterms of alpha\n"]);
  });

  await t.step("includes notices", async () => {
    const noted = await place("noted", { LICENSE: "terms", NOTICE: "made by us" });
    assertEquals(await sections([noted], []), ["npm:noted@1.0.0\n\nterms\n\nmade by us\n"]);
  });

  await t.step("uses the license of another package from the same repository, bundled or not", async () => {
    assertEquals(await sections([silent], [], [beta, alpha, silent]), ["npm:silent@1.0.0\n\nterms of alpha\n"]);
  });

  await t.step("throws if there is none", async () => {
    await assertRejects(() => licensesOf([silent], [], [silent, beta]), Error, "npm:silent@1.0.0 has no license");
    await assertRejects(() => licensesOf([], ["@other/package@1.0.0"]), Error, "jsr:@other/package@1.0.0");
  });

  await t.step("names Deno's standard library and its runtime", async () => {
    const text = await licensesOf([], ["@std/cli@1.0.0"]);
    assertEquals(text.match(/^(jsr:|Deno).*$/gm), [
      "Deno, in the release binaries (https://github.com/denoland/deno)",
      "jsr:@std/cli@1.0.0",
    ]);
    assertEquals(text.match(/^Copyright .*$/gm), ["Copyright (c) 2026 ikedam", "Copyright 2018-2026 the Deno authors"]);
  });

  await Deno.remove(root, { recursive: true });
});
