/** The bundle: what is in which file. `deno task test` runs on one. */
import { assertEquals, assertGreater, assertLess, assertMatch, assertRejects } from "@std/assert";
import { linkPackages } from "../../.ci/deno_graph.ts";
import { baseEnv } from "../arar.ts";
import { bundleInto, dynamicImports, staticImports } from "../bundle.ts";

/** What a run with exported keys and a role loads, in this order. */
const FAST_PATH = ["arar.js", "chunk.js", "sts.js"];

/** A function that V8 compiles together with its file. */
const EARLY = /=\((?:(?:async )?function\b|(?:\w+|\([\w,]*\))=>)/g;

/** A bundle of its own, each file's text by name. */
async function makeBundle() {
  const folder = await Deno.makeTempDir({ prefix: "arar-bundle-test-" });
  await bundleInto(folder);
  const texts: [string, string][] = [];
  for await (const { name } of Deno.readDir(folder)) texts.push([name, await Deno.readTextFile(`${folder}/${name}`)]);
  const files: Readonly<Record<string, string>> = Object.fromEntries(texts);
  return { folder, files, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("the bundle", async (t) => {
  await using bundle = await makeBundle();
  const { folder, files } = bundle;
  const textOf = (name: string) => files[name] ?? "";

  await t.step("loads three files and nothing else for exported keys and a role", () => {
    const found = FAST_PATH.map((name) => [name, staticImports(textOf(name))]);
    assertEquals(Object.fromEntries(found), { "arar.js": ["./chunk.js"], "chunk.js": [], "sts.js": [] });
    assertMatch(textOf("arar.js"), /import\("\.\/sts\.js"\)/);
  });

  await t.step("loads Node's modules on demand only", () => {
    const found = FAST_PATH.map((
      name,
    ) => [name, dynamicImports(textOf(name)).filter((path) => path.startsWith("node:"))]);
    assertEquals(Object.fromEntries(found), { "arar.js": ["node:fs", "node:http"], "chunk.js": [], "sts.js": [] });
  });

  await t.step("has every file that it imports, which are few: Deno reads all of them each time it starts", () => {
    const wanted = new Set(["arar.js"]);
    for (const name of wanted) {
      const paths = [...staticImports(textOf(name)), ...dynamicImports(textOf(name))];
      for (const path of paths) if (path.startsWith("./")) wanted.add(path.slice(2));
    }
    assertEquals([...wanted].filter((name) => !(name in files)), []);
    assertEquals([...wanted].sort(), [...FAST_PATH, "later.js", "packages.js"].sort());
  });

  await t.step("carries the licenses of the packages in it", () => {
    const licenses = textOf("arar_licenses.txt");
    // Those that make requests, on either way, and one that has no license file of its own.
    for (const name of ["client-sts", "core", "credential-provider-sso", "nested-clients"]) {
      assertMatch(licenses, new RegExp(`^npm:@aws-sdk/${name}@\\d`, "m"));
    }
    assertMatch(licenses, /Apache License/);
  });

  await t.step("tells JSR that the program exports nothing, in the words of main.ts", async () => {
    assertMatch(textOf("arar.js"), /^\/\* @ts-self-types="\.\/arar\.d\.ts" \*\/\n/);
    const [documentation = ""] = (await Deno.readTextFile(new URL("../../main.ts", import.meta.url))).split("import");
    assertEquals(textOf("arar.d.ts"), `${documentation.trimEnd()}\nexport {};\n`);
  });

  await t.step("has V8 compile early what a run calls", () => {
    const early = (name: string) => textOf(name).match(EARLY)?.length ?? 0;
    assertGreater(early("arar.js") + early("chunk.js"), 100);
    assertGreater(early("sts.js"), 50);
  });

  await t.step("is small", () => {
    const size = FAST_PATH.reduce((sum, name) => sum + textOf(name).length, 0);
    assertLess(size, 300_000);
  });

  await t.step("is a program that needs nothing else", async () => {
    const args = ["run", "--no-config", "--no-lock", "--no-remote", "--no-npm", "-A", `${folder}/arar.js`, "--version"];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: baseEnv(), clearEnv: true }).output();
    assertMatch(new TextDecoder().decode(stdout), /^arar \d+\.\d+\.\d+ \(deno /);
  });
});

Deno.test("linkPackages()", async (t) => {
  await t.step("names the package that the lock has twice", async () => {
    const at = (name: string, version: string) => ({ name, version, folder: "/nonexistent" });
    await assertRejects(
      () => linkPackages([at("@smithy/core", "1.0.0"), at("@smithy/core", "2.0.0"), at("tslib", "2.0.0")]),
      Error,
      "the lock has a package twice: @smithy/core@1.0.0 and @smithy/core@2.0.0",
    );
  });
});
