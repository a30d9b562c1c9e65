/** Checks which file may import which, which may use Deno, and how long a file may be. Each case lists all violations. */
import { assertEquals } from "@std/assert";
import { type Import, listFiles, readSource, type Source } from "./sources.ts";

const FILES: readonly Source[] = ["main.ts", ...listFiles("lib", ".ts")].map(readSource);
const TESTS: readonly string[] = listFiles("tests", ".ts");

/** Files that may import each other, and the floor. */
interface Room {
  readonly files: RegExp;
  /** Where they may import values from as well. Types may come from anywhere but {@linkcode Room.never}. */
  readonly values: RegExp;
  /** Where they may import nothing from, not even a type. */
  readonly never?: RegExp;
}

const SYSTEM = /^lib\/system(\.ts$|\/)/;
const SDK = /^(@aws-sdk|@smithy)\//;
const AWS = /^lib\/aws\/|^(@aws-sdk|@smithy)\//;

/** The files that all others may import. */
const FLOOR = /^lib\/(errors|report|secrets|sourced|variables|version)\.ts$/;

/** A file belongs to the first room that fits. */
const ROOMS: Readonly<Record<string, Room>> = {
  "main.ts": { files: /^main\.ts$/, values: /^lib\/run\.ts$|^lib\/system(\.ts$|\/)/ },
  "the floor": { files: FLOOR, values: /^deno\.json$/, never: AWS },
  "lib/run.ts, lib/obtain_session.ts, lib/use/use_session.ts": {
    files: /^lib\/(run|obtain_session|use\/use_session)\.ts$/,
    values: /^lib\/(?!system(\.ts$|\/))/,
  },
  "lib/mod.ts": {
    files: /^lib\/mod\.ts$/,
    values: /^lib\/(obtain_session|system|settings\/(settings|values)|use\/command_env)\.ts$|^lib\/(aws|cli)\//,
  },
  "lib/system": { files: SYSTEM, values: /^node:/, never: AWS },
  "lib/settings": {
    files: /^lib\/settings\//,
    values: /^lib\/cli\/(options?|shell_quotes)\.ts$|^lib\/(aws|profile)\//,
    never: SDK,
  },
  "lib/cli": { files: /^lib\/cli\//, values: /^@std\/cli\//, never: AWS },
  "lib/aws": { files: /^lib\/aws\//, values: /^@aws-sdk\/client-sts$/ },
  "lib/child": { files: /^lib\/child\//, values: /^$/, never: AWS },
  "lib/profile": { files: /^lib\/profile\//, values: /^lib\/aws\//, never: SDK },
  "lib/use": {
    files: /^lib\/use\//,
    values: /^lib\/aws\/credentials\.ts$|^lib\/cli\/shell_quotes\.ts$|^lib\/profile\/ini\.ts$/,
    never: SDK,
  },
};

function roomOf(path: string): Room | undefined {
  return Object.values(ROOMS).find(({ files }) => files.test(path));
}

function forbids({ files, values, never }: Room, { target, typeOnly }: Import): boolean {
  if (files.test(target)) return false;
  if (never?.test(target)) return true;
  return !typeOnly && !values.test(target) && !FLOOR.test(target);
}

/** What to do about an import that is forbidden. */
function wayOut(one: Import): string {
  const rooms = Object.keys(ROOMS).filter((name) => ROOMS[name] && !forbids(ROOMS[name], one));
  return `must not import ${one.target}; that may: ${rooms.join(", ") || "nobody"}`;
}

/** `path: what` for everything that `find` finds in a file. */
function violations(find: (source: Source) => readonly string[]): string[] {
  return FILES.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

/** `path: target` of the imports that match. */
function importsOf(pattern: RegExp): string[] {
  return violations(({ imports }) => imports.map(({ target }) => target).filter((target) => pattern.test(target)));
}

/** What matches in the code of the files that must not access the system. */
function usesOutsideSystem(pattern: RegExp): string[] {
  return violations(({ path, code }) => SYSTEM.test(path) || path === "main.ts" ? [] : code.match(pattern) ?? []);
}

Deno.test("architecture", async (t) => {
  await t.step("has a room for every file", () => {
    assertEquals(violations(({ path }) => roomOf(path) === undefined ? ["no room"] : []), []);
  });

  await t.step("allows only the imports of the rooms", () => {
    const found = violations(({ path, imports }) => {
      const room = roomOf(path);
      return imports.filter((one) => room && forbids(room, one)).map(wayOut);
    });
    assertEquals(found, []);
  });

  await t.step("tells who may import what a file must not", () => {
    assertEquals(
      wayOut({ target: "@aws-sdk/client-sts", typeOnly: false }),
      "must not import @aws-sdk/client-sts; that may: lib/aws",
    );
  });

  await t.step("imports of the SDK the STS client only, and only in lib/aws/sts.ts", () => {
    assertEquals(importsOf(SDK), ["lib/aws/sts.ts: @aws-sdk/client-sts"]);
  });

  await t.step("connects and fetches only in lib/aws/dialer.ts", () => {
    const found = usesOutsideSystem(/(?<![.\w])\w+\.(connect|fetch)\(|(?<![.\w])fetch\(/g);
    assertEquals(found, ["lib/aws/dialer.ts: system.connect(", "lib/aws/dialer.ts: system.fetch("]);
  });

  await t.step("imports lib/run.ts only in main.ts", () => {
    assertEquals(importsOf(/^lib\/run\.ts$/), ["main.ts: lib/run.ts"]);
  });

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
      const limit = path === "main.ts" ? 30 : 260;
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
