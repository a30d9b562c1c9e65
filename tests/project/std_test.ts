/**
 * What this project relies on in `@std`, so that the stand-ins for networks without JSR can be trusted: the same cases pass
 * with the real packages and with the stand-ins.
 */
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
const ASSERTIONS: readonly {
  readonly name: string;
  readonly holds: () => void;
  readonly fails: () => void;
}[] = [
  { name: "assert", holds: () => assert("a"), fails: () => assert("") },
  {
    name: "assertFalse",
    holds: () => assertFalse(0),
    fails: () => assertFalse(1),
  },
  {
    name: "assertEquals",
    holds: () => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }),
    fails: () => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }),
  },
  {
    name: "assertEquals on bytes",
    holds: () => assertEquals(new Uint8Array([1]), new Uint8Array([1])),
    fails: () => assertEquals(new Uint8Array([1]), new Uint8Array([2])),
  },
  {
    name: "assertEquals on types",
    holds: () => assertEquals<unknown>("1", "1"),
    fails: () => assertEquals<unknown>("1", 1),
  },
  {
    name: "assertEquals on maps and sets",
    holds: () => assertEquals(new Map([[1, new Set([2])]]), new Map([[1, new Set([2])]])),
    fails: () => assertEquals(new Map([[1, new Set([2])]]), new Map([[1, new Set([3])]])),
  },
  {
    name: "assertEquals on a key that is undefined",
    holds: () => assertEquals<unknown>({ a: undefined }, { a: undefined }),
    fails: () => assertEquals<unknown>({ a: undefined }, {}),
  },
  {
    name: "assertNotEquals",
    holds: () => assertNotEquals([1], [2]),
    fails: () => assertNotEquals([1], [1]),
  },
  {
    name: "assertStringIncludes",
    holds: () => assertStringIncludes("abc", "b"),
    fails: () => assertStringIncludes("abc", "d"),
  },
  {
    name: "assertArrayIncludes",
    holds: () => assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]),
    fails: () => assertArrayIncludes([{ a: 1 }], [{ a: 1 }, { a: 2 }]),
  },
  {
    name: "assertMatch",
    holds: () => assertMatch("abc", /b/),
    fails: () => assertMatch("abc", /d/),
  },
  {
    name: "assertGreater",
    holds: () => assertGreater(2, 1),
    fails: () => assertGreater(1, 1),
  },
  {
    name: "assertGreaterOrEqual",
    holds: () => assertGreaterOrEqual(1, 1),
    fails: () => assertGreaterOrEqual(0, 1),
  },
  {
    name: "assertLess",
    holds: () => assertLess(1, 2),
    fails: () => assertLess(1, 1),
  },
  {
    name: "assertThrows",
    holds: () => {
      assertThrows(refuse);
    },
    fails: () => {
      assertThrows(() => {});
    },
  },
  {
    name: "assertThrows with another class",
    holds: () => {
      assertThrows(refuse, AssertionError, "a");
    },
    fails: () => {
      assertThrows(refuse, TypeError);
    },
  },
  {
    name: "assertThrows with another message",
    holds: () => {
      assertThrows(refuse, AssertionError, "a b");
    },
    fails: () => {
      assertThrows(refuse, AssertionError, "c");
    },
  },
];

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

Deno.test("@std/assert", async (t) => {
  for (const { name, holds, fails } of ASSERTIONS) {
    await t.step(`${name}() holds where it should`, holds);

    await t.step(`${name}() fails with an AssertionError`, () => {
      // Not by assertThrows: what is tested must not be its own judge.
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

  await t.step("assertThrows() gives the error back", () => {
    const error = assertThrows(refuse, AssertionError);
    assertStringIncludes(error.message, "a");
  });

  await t.step("assertRejects() gives the error back", async () => {
    const error = await assertRejects(
      () => Promise.reject(new TypeError("a b")),
      TypeError,
      "b",
    );
    assertEquals(error.message, "a b");
  });

  await t.step("assertRejects() fails where nothing is rejected, or thrown at once", async () => {
    for (const run of [() => Promise.resolve(1), refuse]) {
      const error = await assertRejects(() => assertRejects(run));
      assert(error instanceof AssertionError);
    }
  });
});

Deno.test("@std/cli parseArgs()", async (t) => {
  const parse = (...args: string[]) => {
    const unknown: string[] = [];
    const parsed: Record<string, unknown> = parseArgs(args, {
      string: ["name", "many"],
      boolean: ["flag", "other"],
      collect: ["many"],
      unknown: (arg: string, key?: string) => {
        unknown.push(`${arg} ${key}`);
        return false;
      },
    });
    const { name, many, flag, other, _ } = parsed;
    return { name, many, flag, other, _, unknown };
  };
  const NONE = {
    name: undefined,
    many: [],
    flag: false,
    other: false,
    _: [],
    unknown: [],
  };

  // The words that lib/cli/args.ts hands on.
  const CASES: readonly {
    readonly args: readonly string[];
    readonly gives: Record<string, unknown>;
  }[] = [
    { args: [], gives: {} },
    { args: ["--name=a=b"], gives: { name: "a=b" } },
    { args: ["--name=-a"], gives: { name: "-a" } },
    { args: ["--name=a\nb c"], gives: { name: "a\nb c" } },
    { args: ["--name=0123"], gives: { name: "0123" } },
    { args: ["--name=a", "--name=b"], gives: { name: "b" } },
    { args: ["--name="], gives: { name: "" } },
    { args: ["--many=a"], gives: { many: ["a"] } },
    { args: ["--many=a", "--many=b"], gives: { many: ["a", "b"] } },
    { args: ["--flag"], gives: { flag: true } },
    { args: ["--flag", "--flag", "--name=a"], gives: { flag: true, name: "a" } },
    { args: ["--wrong"], gives: { unknown: ["--wrong wrong"] } },
    { args: ["--wrong=a"], gives: { unknown: ["--wrong=a wrong"] } },
  ];

  for (const { args, gives } of CASES) {
    await t.step(`reads ${JSON.stringify(args)}`, () => {
      assertEquals(parse(...args), { ...NONE, ...gives });
    });
  }
});

Deno.test("@std/testing assertSnapshot()", async (t) => {
  const asIs = { serializer: (text: string) => text };

  await t.step("compares with what is in the file", async (t) => {
    await assertSnapshot(t, "one\n`two` ${three} \\", asIs);
  });

  await t.step("fails where there is nothing in the file", async (t) => {
    await assertRejects(() => assertSnapshot(t, "four", asIs), AssertionError, "Missing snapshot: ");
  });
});
