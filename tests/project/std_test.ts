/** Tests what this project uses of `@std`. The same cases pass with the real packages and with the stand-ins for them. */
import * as std from "@std/assert";
import { assert, assertEquals, AssertionError, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { assertSnapshot } from "@std/testing/snapshot";

function refuse(): never {
  throw new AssertionError("a b");
}

/** Each assertion once where it holds and once where it must fail. */
const ASSERTIONS: Readonly<Record<string, readonly [holds: () => unknown, fails: () => unknown]>> = {
  "assert": [() => std.assert("a"), () => std.assert("")],
  "assertFalse": [() => std.assertFalse(0), () => std.assertFalse(1)],
  "assertEquals on objects": [
    () => std.assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }),
    () => std.assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }),
  ],
  "assertEquals on bytes": [
    () => std.assertEquals(new Uint8Array([1]), new Uint8Array([1])),
    () => std.assertEquals(new Uint8Array([1]), new Uint8Array([2])),
  ],
  "assertEquals on types": [() => std.assertEquals<unknown>("1", "1"), () => std.assertEquals<unknown>("1", 1)],
  "assertEquals on maps and sets": [
    () => std.assertEquals(new Map([[1, new Set([2])]]), new Map([[1, new Set([2])]])),
    () => std.assertEquals(new Map([[1, new Set([2])]]), new Map([[1, new Set([3])]])),
  ],
  "assertEquals on a key that is undefined": [
    () => std.assertEquals<unknown>({ a: undefined }, { a: undefined }),
    () => std.assertEquals<unknown>({ a: undefined }, {}),
  ],
  "assertNotEquals": [() => std.assertNotEquals([1], [2]), () => std.assertNotEquals([1], [1])],
  "assertStringIncludes": [() => std.assertStringIncludes("abc", "b"), () => std.assertStringIncludes("abc", "d")],
  "assertArrayIncludes": [
    () => std.assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]),
    () => std.assertArrayIncludes([{ a: 1 }], [{ a: 1 }, { a: 2 }]),
  ],
  "assertMatch": [() => std.assertMatch("abc", /b/), () => std.assertMatch("abc", /d/)],
  "assertGreater": [() => std.assertGreater(2, 1), () => std.assertGreater(1, 1)],
  "assertGreaterOrEqual": [() => std.assertGreaterOrEqual(1, 1), () => std.assertGreaterOrEqual(0, 1)],
  "assertLess": [() => std.assertLess(1, 2), () => std.assertLess(1, 1)],
  "assertThrows": [() => std.assertThrows(refuse), () => std.assertThrows(() => {})],
  "assertThrows with a class": [
    () => std.assertThrows(refuse, AssertionError, "a"),
    () => std.assertThrows(refuse, TypeError),
  ],
  "assertThrows with a message": [
    () => std.assertThrows(refuse, AssertionError, "a b"),
    () => std.assertThrows(refuse, AssertionError, "c"),
  ],
};

/** Without assertThrows(), which is under test. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

Deno.test("@std/assert", async (t) => {
  for (const [name, [holds, fails]] of Object.entries(ASSERTIONS)) {
    await t.step(`${name} passes where it should, and else fails with an AssertionError`, () => {
      holds();
      const error = thrownBy(fails);
      if (!(error instanceof AssertionError) || error.name !== "AssertionError") throw new Error(`got ${error}`);
    });
  }

  await t.step("assertEquals() shows both values and the note", () => {
    const error = thrownBy(() => assertEquals("is", "wanted", "a note"));
    assert(error instanceof AssertionError);
    assertMatch(error.message, /^Values are not equal: a note[^]*(is[^]*wanted|wanted[^]*is)/);
  });

  await t.step("assertThrows() and assertRejects() return the error", async () => {
    assertEquals(assertThrows(refuse, AssertionError).message, "a b");
    assertEquals((await assertRejects(() => Promise.reject(new TypeError("a b")), TypeError, "b")).message, "a b");
  });

  await t.step("assertRejects() fails if nothing is rejected, or the function itself throws", async () => {
    for (const run of [() => Promise.resolve(1), refuse]) {
      assert(await assertRejects(() => assertRejects(run)) instanceof AssertionError);
    }
  });
});

Deno.test("@std/cli parseArgs() parses what lib/cli/args.ts passes on", () => {
  const none = { name: undefined, many: [], flag: false, other: false, _: [] };
  const cases: readonly (readonly [words: readonly string[], expected: Record<string, unknown>])[] = [
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
  for (const [words, expected] of cases) {
    const parsed: Record<string, unknown> = parseArgs([...words], {
      string: ["name", "many"],
      boolean: ["flag", "other"],
      collect: ["many"],
      alias: { flag: ["f", "flag"], other: ["o", "old"] },
    });
    const { name, many, flag, other, _ } = parsed;
    assertEquals({ name, many, flag, other, _ }, { ...none, ...expected }, words.join(" "));
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
