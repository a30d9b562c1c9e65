/**
 * The bundle: what is in which file. That it does what the program does is for `deno task test:bundle`.
 *
 * @module
 */
import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { baseEnv, denoFlags } from "../arar.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What exported keys and a role load, in this order. */
const FAST_PATH = ["arar.js", "sts.js"];

/** A bundle of its own, each file's text by name. */
async function makeBundle() {
  const folder = await Deno.makeTempDir({ prefix: "arar-bundle-test-" });
  const args = ["run", "--quiet", ...denoFlags(), "-A", ".ci/bundle.ts", folder, ...denoFlags()];
  const built = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert(built.success, new TextDecoder().decode(built.stderr));
  const texts: [string, string][] = [];
  for await (const { name } of Deno.readDir(folder)) texts.push([name, await Deno.readTextFile(`${folder}/${name}`)]);
  const files: Readonly<Record<string, string>> = Object.fromEntries(texts);
  return { folder, files, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("the bundle", async (t) => {
  await using bundle = await makeBundle();
  const { folder, files } = bundle;
  const textOf = (name: string) => files[name] ?? "";

  await t.step("loads nothing beside two files of its own for exported keys and a role", () => {
    for (const name of FAST_PATH) assertEquals(staticImports(textOf(name)), [], name);
    assertMatch(textOf("arar.js"), /import\("\.\/sts\.js"\)/);
  });

  await t.step("loads Node's modules on demand alone", () => {
    const found = FAST_PATH.map((
      name,
    ) => [name, dynamicImports(textOf(name)).filter((path) => path.startsWith("node:"))]);
    assertEquals(Object.fromEntries(found), { "arar.js": ["node:fs", "node:http"], "sts.js": [] });
  });

  await t.step("has every file that it imports", () => {
    const wanted = new Set(["arar.js"]);
    for (const name of wanted) {
      const paths = [...staticImports(textOf(name)), ...dynamicImports(textOf(name))];
      for (const path of paths) if (path.startsWith("./")) wanted.add(path.slice(2));
    }
    assertEquals([...wanted].filter((name) => !(name in files)), []);
    const onDemand = [...wanted].filter((name) => /^(aws-sdk|smithy)-/.test(name));
    assertGreater(onDemand.length, 3);
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

/** Of minified code: `import{a}from"x"`, `import"x"`, `export*from"x"`. */
function staticImports(code: string): string[] {
  return [...code.matchAll(/(?:^|[;}\s])(?:import|export)(?:[\w$*{},\s]+from)?\s*"([^"]+)"/g)].map(([, path = ""]) =>
    path
  );
}

function dynamicImports(code: string): string[] {
  return [...new Set([...code.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, path = ""]) => path))].sort();
}
