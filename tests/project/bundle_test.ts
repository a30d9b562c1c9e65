/** The bundle: what is in which file. `deno task test` runs on one. */
import { assertEquals, assertLess, assertMatch, assertRejects } from "@std/assert";
import { linkPackages } from "../../.ci/deno_graph.ts";
import { baseEnv } from "../arar.ts";
import { bundleInto, dynamicImports, staticImports } from "../bundle.ts";

/** What a run with exported keys and a role loads, in this order. */
const FAST_PATH = ["arar.js", "chunk.js", "sts.js"];

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

  await t.step("has a tiny entry, and loads nothing else for exported keys and a role", () => {
    const found = FAST_PATH.map((name) => [name, staticImports(textOf(name))]);
    assertEquals(Object.fromEntries(found), {
      "arar.js": ["./chunk.js"],
      "chunk.js": [],
      "sts.js": ["./chunk.js"],
    });
    assertLess(textOf("arar.js").length, 200);
    assertMatch(textOf("chunk.js"), /import\("\.\/sts\.js"\)/);
  });

  await t.step("loads none of Node's modules", () => {
    const found = FAST_PATH.flatMap((name) => dynamicImports(textOf(name)).filter((path) => path.startsWith("node:")));
    assertEquals(found, []);
  });

  await t.step("has every file that it imports, which are few: Deno reads all of them each time it starts", () => {
    const wanted = new Set(["arar.js"]);
    for (const name of wanted) {
      const paths = [...staticImports(textOf(name)), ...dynamicImports(textOf(name))];
      for (const path of paths) if (path.startsWith("./")) wanted.add(path.slice(2));
    }
    assertEquals([...wanted].filter((name) => !(name in files)), []);
    assertEquals([...wanted].sort(), [...FAST_PATH, "later.js"].sort());
  });

  await t.step("carries the licenses of the packages in it", () => {
    const licenses = textOf("arar_licenses.txt");
    for (const name of ["client-sts", "core"]) {
      assertMatch(licenses, new RegExp(`^npm:@aws-sdk/${name}@\\d`, "m"));
    }
    assertMatch(licenses, /Apache License/);
  });

  await t.step("tells JSR that the program exports nothing, in the words of main.ts", async () => {
    assertMatch(textOf("arar.js"), /^\/\* @ts-self-types="\.\/arar\.d\.ts" \*\/\n/);
    const [documentation = ""] = (await Deno.readTextFile(new URL("../../main.ts", import.meta.url))).split("import");
    assertEquals(textOf("arar.d.ts"), `${documentation.trimEnd()}\nexport {};\n`);
  });

  await t.step("is small", () => {
    const size = (names: readonly string[]) => names.reduce((sum, name) => sum + textOf(name).length, 0);
    assertLess(size(FAST_PATH), 300_000);
    assertLess(size(Object.keys(files).filter((name) => name.endsWith(".js"))), 350_000);
  });

  await t.step("is a program that needs nothing else", async () => {
    const args = ["run", "--no-config", "--no-lock", "--no-remote", "--no-npm", "-A", `${folder}/arar.js`, "--version"];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: baseEnv(), clearEnv: true }).output();
    assertMatch(new TextDecoder().decode(stdout), /^arar \d+\.\d+\.\d+ \(deno /);
  });

  await t.step("ends an older Deno, and other runtimes, with one line before it does anything else", async () => {
    const run = async (before: string) => {
      const args = ["eval", "--no-lock", `${before}; await import(${JSON.stringify(`file://${folder}/arar.js`)})`];
      const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, env: baseEnv(), clearEnv: true })
        .output();
      return [code, new TextDecoder().decode(stderr)];
    };
    const line = (what: string) => [125, `arar: needs Deno 2.5 or later, but this is ${what}\n`];
    const other = `globalThis.process = { version: "v20.0.0", exit: Deno.exit }; delete globalThis.Deno`;
    assertEquals(await run("delete Uint8Array.prototype.toBase64"), line(`Deno ${Deno.version.deno}`));
    assertEquals(await run(other), line("Node.js v20.0.0"));
    assertEquals(await run(`${other}; globalThis.Bun = { version: "1.3.0" }`), line("Bun 1.3.0"));
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
