/** Tests what this project uses of `@std`. The same cases pass with the real packages and with the stand-ins for them. */
import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  AssertionError,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { assertSnapshot } from "@std/testing/snapshot";

function refuse(): never {
  throw new AssertionError("a b");
}

/** Each assertion once where it holds and once where it must fail. */
const ASSERTIONS: readonly (readonly [name: string, holds: () => unknown, fails: () => unknown])[] = [
  ["assert", () => assert("a"), () => assert("")],
  ["assertFalse", () => assertFalse(0), () => assertFalse(1)],
  [
    "assertEquals",
    () => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }),
    () => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }),
  ],
  [
    "assertEquals on bytes",
    () => assertEquals(new Uint8Array([1]), new Uint8Array([1])),
    () => assertEquals(new Uint8Array([1]), new Uint8Array([2])),
  ],
  ["assertEquals on types", () => assertEquals<unknown>("1", "1"), () => assertEquals<unknown>("1", 1)],
  [
    "assertEquals on maps and sets",
    () => assertEquals(new Map([[1, new Set([2])]]), new Map([[1, new Set([2])]])),
    () => assertEquals(new Map([[1, new Set([2])]]), new Map([[1, new Set([3])]])),
  ],
  [
    "assertEquals on a key that is undefined",
    () => assertEquals<unknown>({ a: undefined }, { a: undefined }),
    () => assertEquals<unknown>({ a: undefined }, {}),
  ],
  ["assertNotEquals", () => assertNotEquals([1], [2]), () => assertNotEquals([1], [1])],
  ["assertStringIncludes", () => assertStringIncludes("abc", "b"), () => assertStringIncludes("abc", "d")],
  [
    "assertArrayIncludes",
    () => assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]),
    () => assertArrayIncludes([{ a: 1 }], [{ a: 1 }, { a: 2 }]),
  ],
  ["assertMatch", () => assertMatch("abc", /b/), () => assertMatch("abc", /d/)],
  ["assertGreater", () => assertGreater(2, 1), () => assertGreater(1, 1)],
  ["assertGreaterOrEqual", () => assertGreaterOrEqual(1, 1), () => assertGreaterOrEqual(0, 1)],
  ["assertLess", () => assertLess(1, 2), () => assertLess(1, 1)],
  ["assertThrows", () => assertThrows(refuse), () => assertThrows(() => {})],
  [
    "assertThrows with another class",
    () => assertThrows(refuse, AssertionError, "a"),
    () => assertThrows(refuse, TypeError),
  ],
  [
    "assertThrows with another message",
    () => assertThrows(refuse, AssertionError, "a b"),
    () => assertThrows(refuse, AssertionError, "c"),
  ],
];

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

Deno.test("@std/assert", async (t) => {
  for (const [name, holds, fails] of ASSERTIONS) {
    await t.step(`${name}() passes if it should`, () => {
      holds();
    });

    await t.step(`${name}() fails with an AssertionError`, () => {
      // Without assertThrows(), which is under test.
      const error = thrownBy(fails);
      if (!(error instanceof AssertionError)) throw new Error(`got ${error}`);
      if (error.name !== "AssertionError") throw new Error(error.name);
    });
  }

  await t.step("assertEquals() shows both values and the note", () => {
    const error = thrownBy(() => assertEquals("is", "wanted", "a note"));
    assert(error instanceof AssertionError);
    assertStringIncludes(error.message, "Values are not equal: a note");
    assertMatch(error.message, /is[^]*wanted|wanted[^]*is/);
  });

  await t.step("assertThrows() returns the error", () => {
    const error = assertThrows(refuse, AssertionError);
    assertStringIncludes(error.message, "a");
  });

  await t.step("assertRejects() returns the error", async () => {
    const error = await assertRejects(() => Promise.reject(new TypeError("a b")), TypeError, "b");
    assertEquals(error.message, "a b");
  });

  await t.step("assertRejects() fails if nothing is rejected, or the function itself throws", async () => {
    for (const run of [() => Promise.resolve(1), refuse]) {
      const error = await assertRejects(() => assertRejects(run));
      assert(error instanceof AssertionError);
    }
  });
});

Deno.test("@std/cli parseArgs()", async (t) => {
  const parse = (...args: string[]) => {
    const parsed: Record<string, unknown> = parseArgs(args, {
      string: ["name", "many"],
      boolean: ["flag", "other"],
      collect: ["many"],
      alias: { flag: ["f", "flag"], other: ["o", "old"] },
    });
    const { name, many, flag, other, _ } = parsed;
    return { name, many, flag, other, _ };
  };
  const none = { name: undefined, many: [], flag: false, other: false, _: [] };

  // The words that lib/cli/args.ts passes on.
  const cases: readonly (readonly [args: readonly string[], expected: Record<string, unknown>])[] = [
    [[], {}],
    [["--name=a=b"], { name: "a=b" }],
    [["--name", "a=b"], { name: "a=b" }],
    [["--name=-a"], { name: "-a" }],
    [["--name=-"], { name: "-" }],
    [["--name=a\nb c"], { name: "a\nb c" }],
    [["--name", "0123"], { name: "0123" }],
    [["--name=a", "--name", "b"], { name: "b" }],
    [["--many=a"], { many: ["a"] }],
    [["--many=a", "--many", "b"], { many: ["a", "b"] }],
    [["--flag"], { flag: true }],
    [["-f", "--old"], { flag: true, other: true }],
    [["--flag", "--flag", "--name", "a"], { flag: true, name: "a" }],
  ];

  for (const [args, expected] of cases) {
    await t.step(`parses ${JSON.stringify(args)}`, () => {
      assertEquals(parse(...args), { ...none, ...expected });
    });
  }
});

Deno.test("@std/testing assertSnapshot()", async (t) => {
  const asIs = { serializer: (text: string) => text };

  await t.step("compares with the file", async (t) => {
    await assertSnapshot(t, "one\n`two` ${three} \\", asIs);
  });

  await t.step("fails if the file has no such snapshot", async (t) => {
    await assertRejects(() => assertSnapshot(t, "four", asIs), AssertionError, "Missing snapshot: ");
  });
});
