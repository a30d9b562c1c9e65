import { assert, assertEquals } from "@std/assert";
import type { Lock } from "../../.ci/release/sbom.ts";
import { listFiles, readText } from "./sources.ts";

const IMPORTS: Readonly<Record<string, string>> = JSON.parse(readText("deno.json")).imports;
const STAND_INS: Readonly<Record<string, string>> = JSON.parse(readText(".ci/npm_only/import_map.json")).imports;
const LOCK: Lock = JSON.parse(readText("deno.lock"));
const NPM_ONLY: Lock = JSON.parse(readText(".ci/npm_only/deno.lock"));
const DENO_VERSION = readText(".dvmrc").trim().replace(/^v/, "");

const JSR_PACKAGES = Object.entries(LOCK.jsr ?? {});
const JSR_SPECIFIERS = Object.entries(LOCK.specifiers).filter(([specifier]) => specifier.startsWith("jsr:"));

Deno.test("the pins", async (t) => {
  await t.step("of npm packages are the same in both locks", () => {
    const npm = Object.entries(LOCK.specifiers).filter(([specifier]) => !specifier.startsWith("jsr:"));
    assert(NPM_ONLY.npm);
    assertEquals(NPM_ONLY.npm, LOCK.npm);
    assertEquals(NPM_ONLY.specifiers, Object.fromEntries(npm));
  });

  await t.step("in the locks belong to the imports of deno.json", () => {
    const wanted = Object.values(IMPORTS).sort();
    assertEquals([...LOCK.workspace.dependencies].sort(), wanted);
    assertEquals([...NPM_ONLY.workspace.dependencies].sort(), wanted);
    assertEquals(wanted.filter((specifier) => !(specifier in LOCK.specifiers)), []);
  });

  await t.step("of JSR packages are complete: each has a specifier, and each specifier a package", () => {
    const specified = JSR_SPECIFIERS.map(([specifier, version]) => `${nameOf(specifier)}@${version}`);
    assertEquals([...new Set(specified)].sort(), JSR_PACKAGES.map(([id]) => id).sort());
  });

  await t.step("of JSR packages have exactly one specifier for each dependency", () => {
    const lost = JSR_PACKAGES.flatMap(([id, { dependencies = [] }]) =>
      dependencies.filter((one) => specifiersFor(one).length !== 1).map((one) => `${id} → ${one}`)
    );
    assertEquals(lost, []);
  });

  await t.step("of npm packages are exact, and the same in deno.json and in the import map", () => {
    for (const [name, target] of Object.entries(IMPORTS).filter(([, target]) => target.startsWith("npm:"))) {
      assert(/@\d+\.\d+\.\d+$/.test(target), target);
      assertEquals(STAND_INS[name], target);
    }
  });

  await t.step("of Deno are the same in every file", () => {
    const mentions = /\bdeno@v?(\d+\.\d+\.\d+)|\bdeno-version:\s*["']?v?(\d+\.\d+\.\d+)/g;
    const others = listFiles("").filter((path) => !path.endsWith("deno.lock")).flatMap((path) =>
      [...readText(path).matchAll(mentions)].filter(([, one, other]) => (one ?? other) !== DENO_VERSION)
        .map(([found]) => `${path}: ${found}`)
    );
    assertEquals(others, []);
  });
});

/** `@std/cli` for `jsr:@std/cli@^1.0.28` and `jsr:@std/cli`. */
function nameOf(specifier: string): string {
  return specifier.replace(/^jsr:/, "").replace(/(?<=.)@.*$/, "");
}

/** A lock omits the range of a dependency if the package has only one specifier. */
function specifiersFor(dependency: string): readonly unknown[] {
  const name = nameOf(dependency);
  return JSR_SPECIFIERS.filter(([specifier]) =>
    specifier === dependency || (dependency === `jsr:${name}` && nameOf(specifier) === name)
  );
}
