import { assertEquals } from "@std/assert";
import { listFiles, readText } from "./sources.ts";

/** A lock file, as far as it matters here: https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files */
interface Lock {
  readonly version: string;
  readonly specifiers: Record<string, string>;
  readonly jsr?: Record<string, Pinned>;
  readonly npm: Record<string, Pinned>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

interface Pinned {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
}

const readLock = (path: string): Lock => JSON.parse(readText(path));
const config = JSON.parse(readText("deno.json"));
const imports: Record<string, string> = config.imports;
const standIns: Record<string, string> = JSON.parse(readText(".ci/npm_only/import_map.json")).imports;
const lock = readLock("deno.lock");
const npmOnly = readLock(".ci/npm_only/deno.lock");
const denoVersion = readText(".dvmrc").trim().replace(/^v/, "");

function without<T>(record: Record<string, T>, pattern: RegExp) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !pattern.test(name)));
}

Deno.test("the pins", async (t) => {
  await t.step("of npm packages are the same in both locks", () => {
    assertEquals(npmOnly.npm, lock.npm);
    assertEquals(npmOnly.specifiers, without(lock.specifiers, /^jsr:/));
  });

  await t.step("of the locks belong to the imports of deno.json", () => {
    const wanted = Object.values(imports).sort();
    assertEquals([...lock.workspace.dependencies].sort(), wanted);
    assertEquals([...npmOnly.workspace.dependencies].sort(), wanted);
    for (const specifier of wanted) {
      assertEquals(specifier in lock.specifiers, true, specifier);
    }
  });

  await t.step("of jsr packages are complete: a specifier for each, a package for each specifier", () => {
    const pinned = Object.keys(lock.jsr ?? {}).sort();
    const specified = Object.entries(lock.specifiers)
      .filter(([specifier]) => specifier.startsWith("jsr:"))
      .map(([specifier, version]) => `${nameOf(specifier)}@${version}`);
    assertEquals([...new Set(specified)].sort(), pinned);
  });

  await t.step("of jsr packages lead somewhere: each dependency has its one specifier", () => {
    const lost = Object.entries(lock.jsr ?? {})
      .flatMap(([name, { dependencies = [] }]) =>
        dependencies.filter((one) => specifiersFor(one).length !== 1)
          .map((one) => `${name} → ${one}`)
      );
    assertEquals(lost, []);
  });

  await t.step("of npm packages are exact in deno.json and in the import map", () => {
    const npm = Object.entries(imports)
      .filter(([, target]) => target.startsWith("npm:"));
    for (const [name, target] of npm) {
      assertEquals(/@\d+\.\d+\.\d+$/.test(target), true, target);
      assertEquals(standIns[name], target);
    }
  });

  await t.step("of deno's version are the same wherever it is named", () => {
    const mentions = /\bdeno@v?(\d+\.\d+\.\d+)|\bdeno-version:\s*["']?v?(\d+\.\d+\.\d+)/g;
    const others = listFiles("").filter((path) => !path.endsWith("deno.lock"))
      .flatMap((path) =>
        [...readText(path).matchAll(mentions)]
          .map(([found, one, other]) => ({ path, found, at: one ?? other }))
      )
      .filter(({ at }) => at !== denoVersion)
      .map(({ path, found }) => `${path}: ${found}`);
    assertEquals(others, []);
  });

  await t.step("of the project's own version are in the changelog", () => {
    const heading = new RegExp(
      `^## \\[?${config.version.replaceAll(".", "\\.")}\\]?( |$)`,
      "m",
    );
    assertEquals(heading.test(readText("CHANGELOG.md")), true, config.version);
  });
});

/** `jsr:@std/cli@^1.0.28` and `jsr:@std/cli` are both of `@std/cli`. */
function nameOf(specifier: string): string {
  return specifier.replace(/^jsr:/, "").replace(/(?<=.)@.*$/, "");
}

/** A lock leaves the range out where the package has one specifier only. */
function specifiersFor(dependency: string): string[] {
  return Object.keys(lock.specifiers).filter((specifier) =>
    specifier === dependency ||
    (!/.@/.test(dependency.slice("jsr:".length)) &&
      nameOf(specifier) === nameOf(dependency) && specifier.startsWith("jsr:"))
  );
}
