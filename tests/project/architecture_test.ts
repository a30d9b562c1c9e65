/** Checks which file may import which, which may use Deno, and how long a file may be. Each case lists all violations. */
import { assertEquals } from "@std/assert";
import { type Import, listFiles, readSource, type Source } from "./sources.ts";

const FILES: readonly Source[] = ["main.ts", ...listFiles("lib", ".ts")].map(readSource);
const TESTS: readonly string[] = listFiles("tests", ".ts");

/** What some files may import besides each other and the files of {@linkcode BASE}. */
interface Rule {
  readonly files: RegExp;
  /** Where they may import values from. Types may come from anywhere but {@linkcode Rule.never}. */
  readonly values: RegExp;
  /** Where they may import nothing from, not even a type. */
  readonly never?: RegExp;
}

const NOTHING = /^$/;
const SYSTEM = /^lib\/system(\.ts$|\/)/;
const SDK = /^(@aws-sdk|@smithy)\//;
const AWS = /^lib\/aws\/|^(@aws-sdk|@smithy)\//;

/** The files that all others may import. */
const BASE = /^lib\/(errors|report|secrets|sourced|variables|version)\.ts$/;

/** The first rule that fits a file applies. */
const RULES: readonly Rule[] = [
  { files: /^main\.ts$/, values: /^lib\/run\.ts$|^lib\/system(\.ts$|\/)/ },
  { files: BASE, values: /^deno\.json$/, never: AWS },
  { files: /^lib\/(run|obtain_session|use\/use_session)\.ts$/, values: /^lib\/(?!system(\.ts$|\/))/ },
  {
    files: /^lib\/mod\.ts$/,
    values: /^lib\/(obtain_session|system|settings\/(settings|values)|use\/command_env)\.ts$|^lib\/(aws|cli)\//,
  },
  { files: SYSTEM, values: /^node:/, never: AWS },
  {
    files: /^lib\/settings\//,
    values: /^lib\/cli\/(options?|shell_quotes)\.ts$|^lib\/(aws|profile)\//,
    never: SDK,
  },
  { files: /^lib\/cli\//, values: /^@std\/cli\//, never: AWS },
  { files: /^lib\/aws\//, values: SDK },
  { files: /^lib\/child\//, values: NOTHING, never: AWS },
  { files: /^lib\/profile\//, values: AWS },
  {
    files: /^lib\/use\//,
    values: /^lib\/aws\/credentials\.ts$|^lib\/cli\/shell_quotes\.ts$|^lib\/profile\/ini\.ts$/,
    never: SDK,
  },
];

function ruleFor(path: string): Rule | undefined {
  return RULES.find(({ files }) => files.test(path));
}

function forbids({ files, values, never }: Rule, { target, typeOnly }: Import): boolean {
  if (files.test(target)) return false;
  if (never?.test(target)) return true;
  return !typeOnly && !values.test(target) && !BASE.test(target);
}

/** `path: what` for everything that `find` finds in a file. */
function violations(find: (source: Source) => readonly string[]): string[] {
  return FILES.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

/** The imports that match, except those of one file. */
function importsOf(pattern: RegExp, allowed: string): string[] {
  return violations(({ path, imports }) =>
    path === allowed ? [] : imports.map(({ target }) => target).filter((target) => pattern.test(target))
  );
}

/** What matches in the code of the files that must not access the system. */
function usesOutsideSystem(pattern: RegExp): string[] {
  return violations(({ path, code }) => SYSTEM.test(path) || path === "main.ts" ? [] : code.match(pattern) ?? []);
}

Deno.test("architecture", async (t) => {
  await t.step("has a rule for every file", () => {
    assertEquals(violations(({ path }) => ruleFor(path) === undefined ? ["no rule"] : []), []);
  });

  await t.step("allows only the imports of the rules", () => {
    const found = violations(({ path, imports }) => {
      const rule = ruleFor(path);
      return imports.filter((one) => rule && forbids(rule, one)).map(({ target }) => `must not import ${target}`);
    });
    assertEquals(found, []);
  });

  await t.step("imports the STS client only in lib/aws/sts.ts", () => {
    assertEquals(importsOf(/^@aws-sdk\/client-sts/, "lib/aws/sts.ts"), []);
  });

  await t.step("connects only in lib/aws/dialer.ts", () => {
    const dialing = violations(({ path, code }) =>
      path === "lib/aws/dialer.ts" || SYSTEM.test(path)
        ? []
        : code.match(/\bsystem\.(connect|fetch)\b|\bfetch\(/g) ?? []
    );
    assertEquals(dialing, []);
  });

  await t.step("imports lib/run.ts only in main.ts", () => assertEquals(importsOf(/^lib\/run\.ts$/, "main.ts"), []));

  await t.step("has no cycles", () => assertEquals(cycles(), []));

  await t.step("uses Deno and the console only in lib/system and main.ts", () => {
    assertEquals(usesOutsideSystem(/\bDeno(\.|\[|\?\.)\w*|\bconsole\.[a-z]+/g), []);
  });

  await t.step("reads the clock only in lib/system", () => {
    assertEquals(usesOutsideSystem(/\bDate\.now\b|\bnew Date\(\)/g), []);
  });

  await t.step("exits only in main.ts, once", () => {
    assertEquals(violations(({ code }) => code.match(/\bDeno\.exit\b/g) ?? []), ["main.ts: Deno.exit"]);
  });

  await t.step("limits the length of files", () => {
    const found = violations(({ path, text }) => {
      // The option table is data, which is easier to read in one place.
      const limit = path === "main.ts" ? 30 : path === "lib/cli/options.ts" ? 300 : 260;
      const lines = text.split("\n").length - 1;
      return lines > limit ? [`${lines} lines, at most ${limit}`] : [];
    });
    assertEquals(found, []);
  });

  await t.step("begins every file with a comment", () => {
    assertEquals(violations(({ text }) => /^(#!.*\n)?\/\*\*/.test(text) ? [] : ["no doc comment at the top"]), []);
  });

  await t.step("keeps the flags of the tasks in tests/arar.ts", () => {
    const others = TESTS.filter((path) => !path.startsWith("tests/project/")).map(readSource);
    const found = [...FILES, ...others].filter(({ text }) => /ARAR_DENO_FLAGS|npm_only/.test(text));
    assertEquals(found.map(({ path }) => path).filter((path) => path !== "tests/arar.ts"), []);
  });
});

Deno.test("tests", async (t) => {
  await t.step("exist for every file of lib", () => {
    assertEquals(FILES.filter(needsTest).map(({ path }) => testOf(path)).filter((path) => !TESTS.includes(path)), []);
  });

  await t.step("in a folder of lib belong to a file of lib", () => {
    const expected = FILES.map(({ path }) => testOf(path));
    const mirrored = TESTS.filter((path) => /^tests\/(aws|child|cli|profile|settings|use)\/.*_test\.ts$/.test(path));
    assertEquals(mirrored.filter((path) => !expected.includes(path)), []);
  });
});

function testOf(path: string): string {
  return path.replace(/^lib\//, "tests/").replace(/\.ts$/, "_test.ts");
}

/** Process tests cover the system; a file of types has nothing to test. */
function needsTest({ path, code }: Source): boolean {
  if (path === "main.ts" || SYSTEM.test(path)) return false;
  return /^export (?!type\b|interface\b|declare\b)/m.test(code);
}

/** The cycles of value imports, as `a → b → a`. */
function cycles(): string[] {
  const graph = new Map(FILES.map(({ path, imports }) => [
    path,
    imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target),
  ]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    } else if (!done.has(path)) {
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
