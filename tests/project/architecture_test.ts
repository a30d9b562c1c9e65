/**
 * Holds up the walls of the house: who may import whom, who may touch the world, how big a file may grow. Each case
 * names every offender in one go.
 */
import { assertEquals } from "@std/assert";
import { type Import, listFiles, readSource, type Source } from "./sources.ts";

const FILES: readonly Source[] = listFiles("", ".ts")
  .filter((path) => path === "main.ts" || path.startsWith("lib/"))
  .map(readSource);
const TESTS: readonly string[] = listFiles("tests", ".ts");

/** A room: which files are in it, and what they may import besides each other. */
interface Room {
  readonly files: RegExp;
  /** Values; types may come from anywhere but {@linkcode Room.blind}. */
  readonly values: RegExp;
  /** What it must not know at all, not even a type. */
  readonly blind?: RegExp;
}

const NOTHING = /^$/;
const SYSTEM = /^lib\/system(\.ts$|\/)/;
const SDK = /^(@aws-sdk|@smithy)\//;
const AWS = /^lib\/aws\/|^(@aws-sdk|@smithy)\//;

/** The floor: files that import nothing but each other, and that every room may stand on. */
const FLOOR = /^lib\/(errors|report|secrets|sourced|variables|version)\.ts$/;

/** The first that fits counts. */
const ROOMS: readonly Room[] = [
  { files: /^main\.ts$/, values: /^lib\/run\.ts$|^lib\/system(\.ts$|\/)/ },
  { files: FLOOR, values: /^deno\.json$/, blind: AWS },
  { files: /^lib\/(run|obtain_session|use\/use_session)\.ts$/, values: /^lib\/(?!system(\.ts$|\/))/ },
  { files: /^lib\/mod\.ts$/, values: /^lib\/(system|settings\/settings|use\/command_env)\.ts$|^lib\/aws\// },
  { files: SYSTEM, values: /^node:/, blind: AWS },
  {
    files: /^lib\/settings\//,
    values: /^lib\/cli\/(options?|parsers|shell_quotes|suggest)\.ts$|^lib\/(aws|profile)\//,
    blind: SDK,
  },
  { files: /^lib\/cli\//, values: /^@std\/cli\//, blind: AWS },
  { files: /^lib\/aws\//, values: SDK },
  { files: /^lib\/child\//, values: NOTHING, blind: AWS },
  { files: /^lib\/profile\//, values: AWS },
  { files: /^lib\/use\//, values: /^lib\/aws\/credentials\.ts$|^lib\/cli\/shell_quotes\.ts$/, blind: SDK },
];

function roomOf(path: string): Room | undefined {
  return ROOMS.find((room) => room.files.test(path));
}

function forbids(room: Room, { target, typeOnly }: Import): boolean {
  if (room.files.test(target)) return false;
  if (room.blind?.test(target)) return true;
  return !typeOnly && !room.values.test(target) && !FLOOR.test(target);
}

/** Lines of the form `path: what`, of every file that has something to answer for. */
function offences(find: (source: Source) => readonly string[]): string[] {
  return FILES.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

function mentions(source: Source, pattern: RegExp): string[] {
  return [...source.code.matchAll(pattern)].map(([found]) => found);
}

Deno.test("architecture", async (t) => {
  await t.step("gives every file a room", () => {
    assertEquals(
      offences(({ path }) => roomOf(path) === undefined ? ["no room"] : []),
      [],
    );
  });

  await t.step("lets a room import only what it may", () => {
    const found = offences(({ path, imports }) => {
      const room = roomOf(path);
      if (room === undefined) return [];
      return imports.filter((one) => forbids(room, one))
        .map(({ target }) => `must not import ${target}`);
    });
    assertEquals(found, []);
  });

  await t.step("keeps the STS client in lib/aws/sts.ts", () => {
    const found = offences(({ path, imports }) =>
      imports.filter(({ target }) => target.startsWith("@aws-sdk/client-sts") && path !== "lib/aws/sts.ts").map((
        { target },
      ) => `imports ${target}`)
    );
    assertEquals(found, []);
  });

  await t.step("lets nobody but main.ts import lib/run.ts", () => {
    const found = offences(({ path, imports }) =>
      path === "main.ts" ? [] : imports
        .filter(({ target }) => target === "lib/run.ts")
        .map(() => "imports lib/run.ts")
    );
    assertEquals(found, []);
  });

  await t.step("has no cycles", () => assertEquals(cycles(), []));

  await t.step("leaves Deno and the console to lib/system and main.ts", () => {
    const found = offences((source) =>
      SYSTEM.test(source.path) || source.path === "main.ts"
        ? []
        : mentions(source, /\bDeno(\.|\[|\?\.)\w*|\bconsole\.[a-z]+/g)
    );
    assertEquals(found, []);
  });

  await t.step("leaves the clock to lib/system", () => {
    const found = offences((source) =>
      SYSTEM.test(source.path) || source.path === "main.ts" ? [] : mentions(source, /\bDate\.now\b|\bnew Date\(\)/g)
    );
    assertEquals(found, []);
  });

  await t.step("exits in main.ts alone, and once", () => {
    const exits = offences((source) => mentions(source, /\bDeno\.exit\b/g));
    assertEquals(exits, ["main.ts: Deno.exit"]);
  });

  await t.step("keeps files small", () => {
    const found = offences(({ path, text }) => {
      // The option table is data: one place beats small files.
      const limit = path === "main.ts" ? 30 : path === "lib/cli/options.ts" ? 350 : 220;
      const lines = text.split("\n").length - 1;
      return lines > limit ? [`${lines} lines, at most ${limit}`] : [];
    });
    assertEquals(found, []);
  });

  await t.step("opens every file with what it owns", () => {
    const found = offences(({ text }) => /^(#!.*\n)?\/\*\*/.test(text) ? [] : ["no doc comment at the top"]);
    assertEquals(found, []);
  });

  await t.step("keeps the flags of the tasks out of everything but tests/arar.ts", () => {
    const others = TESTS.filter((path) => !path.startsWith("tests/project/"))
      .map(readSource);
    const found = [...FILES, ...others]
      .filter(({ text }) => /ARAR_DENO_FLAGS|npm_only/.test(text))
      .map(({ path }) => path);
    assertEquals(found.filter((path) => path !== "tests/arar.ts"), []);
  });
});

Deno.test("tests", async (t) => {
  await t.step("mirror lib: each file has its test", () => {
    const missing = FILES.filter((source) => needsTest(source))
      .map(({ path }) => testOf(path))
      .filter((path) => !TESTS.includes(path));
    assertEquals(missing, []);
  });

  await t.step("mirror lib: each test in a room's folder has its file", () => {
    const orphans = TESTS
      .filter((path) => /^tests\/(aws|child|cli|profile|settings|use)\/.*_test\.ts$/.test(path))
      .filter((path) => !FILES.some((source) => testOf(source.path) === path));
    assertEquals(orphans, []);
  });
});

function testOf(path: string): string {
  return path.replace(/^lib\//, "tests/").replace(/\.ts$/, "_test.ts");
}

/** The system is what process tests run; a file of types alone has nothing to run. */
function needsTest({ path, code }: Source): boolean {
  if (path === "main.ts" || SYSTEM.test(path)) return false;
  return /^export (?!type\b|interface\b|declare\b)/m.test(code);
}

/** Each cycle of value imports once, as `a → b → a`. */
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
