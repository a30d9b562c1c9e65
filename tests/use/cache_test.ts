import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import { type Cache, cachedCaller, cachedSession, defaultMinTtl } from "../../lib/use/cache.ts";
import { clearCache } from "../../lib/use/cache_file.ts";
import { ArarError } from "../../lib/errors.ts";
import { clock } from "../../lib/system/clock.ts";
import { files } from "../../lib/system/files.ts";

const HOUR = 3_600_000;
/** The time of the files that are made: the cache clears old ones away. */
const START = Date.now();
const request = {
  roles: [],
  region: "eu-west-1",
  endpoint: {
    fips: false,
    dualstack: false,
    legacyGlobal: false,
    maxAttempts: 3,
    retryMode: "standard" as const,
  },
};

let home: string;
const clear = () => clearCache(run().cache.system, { XDG_CACHE_HOME: home });
/** A run at some time with a source: the cache it sees, an STS that counts, and what was said. */
function run(options: { at?: number; secret?: string; minTtlSeconds?: number } = {}) {
  const at = options.at ?? START;
  const said: string[] = [];
  const stderr: string[] = [];
  const cache: Cache = {
    system: {
      ...files,
      os: "linux",
      now: () => at,
      randomBytes: clock.randomBytes,
      writeStderr: (text) => void stderr.push(text),
    },
    env: { XDG_CACHE_HOME: home },
    credentials: {
      accessKeyId: "AKIAEXAMPLE",
      secretAccessKey: options.secret ?? "source-secret",
    },
    minTtlSeconds: options.minTtlSeconds,
    say: (line) => void said.push(line),
  };
  const asked: string[] = [];
  const assume = (token = "token") => {
    asked.push(token);
    return Promise.resolve(issue(at, token));
  };
  return { cache, said, stderr, asked, assume };
}

function issue(at: number, sessionToken: string): RoleSession {
  return {
    credentials: {
      accessKeyId: "ASIAEXAMPLE",
      secretAccessKey: "assumed-secret",
      sessionToken,
      expiration: new Date(at + HOUR),
    },
    arn: "arn:aws:sts::123456789012:assumed-role/deploy/alice",
    accountId: "123456789012",
  };
}

async function ask(one: ReturnType<typeof run>, token?: string): Promise<string> {
  return (await cachedSession(one.cache, request, () => one.assume(token)))
    .credentials.sessionToken;
}

/** The cache's files and their modes. */
async function stored(): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = [];
  for await (const { name } of Deno.readDir(`${home}/arar`)) {
    const { mode } = await Deno.stat(`${home}/arar/${name}`);
    found.push([
      name.replace(/^[0-9a-f]{64}/, "NAME"),
      ((mode ?? 0) & 0o777).toString(8),
    ]);
  }
  return found.sort();
}

async function recordPath(): Promise<string> {
  for await (const { name } of Deno.readDir(`${home}/arar`)) {
    if (!name.includes(".")) return `${home}/arar/${name}`;
  }
  throw new Error("no record");
}

/** A case with a cache of its own. */
async function inFreshHome(t: Deno.TestContext, name: string, fn: () => Promise<void>): Promise<void> {
  await t.step(name, async () => {
    const folder = home = await Deno.makeTempDir();
    try {
      await fn();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the cache", async (t) => {
  await t.step("cachedSession()", async (t) => {
    await inFreshHome(t, "cachedSession() asks once, then gives the same session whole", async () => {
      const first = run();
      const session = await cachedSession(first.cache, request, first.assume);
      const second = run({ at: START + HOUR / 2 });
      assertEquals(
        await cachedSession(second.cache, request, second.assume),
        session,
      );
      assertEquals([first.asked, second.asked], [["token"], []]);
      assertEquals(second.said, [
        `session until ${new Date(START + HOUR).toISOString()}`,
      ]);
    });

    await inFreshHome(t, "cachedSession() asks again once less than the time to live is left", async () => {
      await ask(run(), "old");
      assertEquals(
        await ask(run({ at: START + HOUR - 900_000 }), "new"),
        "old",
      );
      assertEquals(
        await ask(run({ at: START + HOUR - 899_999 }), "new"),
        "new",
      );
      assertEquals(await ask(run({ at: START + HOUR }), "newest"), "new");
    });

    await inFreshHome(t, "cachedSession() honours --min-ttl", async () => {
      await ask(run(), "old");
      assertEquals(
        await ask(run({ at: START + HOUR - 10_000, minTtlSeconds: 10 }), "new"),
        "old",
      );
      assertEquals(
        await ask(run({ at: START + HOUR - 9_999, minTtlSeconds: 10 }), "new"),
        "new",
      );
    });

    await inFreshHome(t, "cachedSession() takes the earlier end where the clock was wrong", async () => {
      for (const hours of [-2, 2]) {
        const wrong = run({ secret: `wrong by ${hours}` });
        const skewed = { ...issue(START + hours * HOUR, "old"), clockSkew: hours * HOUR };
        await cachedSession(wrong.cache, request, () => Promise.resolve(skewed));
        const end = Math.min(START + HOUR, START + HOUR + hours * HOUR);
        const late = run({ secret: `wrong by ${hours}`, at: end - 899_000 });
        assertEquals(await ask(late, "new"), "new");
      }
    });

    await inFreshHome(t, "cachedSession() never gives one session for another's request", async () => {
      await ask(run(), "one");
      const other = run();
      const session = await cachedSession(other.cache, {
        ...request,
        region: "us-east-1",
      }, () => other.assume("other"));
      assertEquals(session.credentials.sessionToken, "other");
      assertEquals(await ask(run({ secret: "rotated" }), "rotated"), "rotated");
    });

    await inFreshHome(t, "cachedSession() never gives a record that was moved to another's place", async () => {
      await ask(run(), "one");
      const moved = await recordPath();
      const bytes = await Deno.readFile(moved);
      await Deno.remove(moved);
      const other = run();
      await cachedSession(
        other.cache,
        { ...request, region: "us-east-1" },
        () => other.assume("other"),
      );
      await Deno.writeFile(await recordPath(), bytes);
      const third = run();
      await cachedSession(
        third.cache,
        { ...request, region: "us-east-1" },
        () => third.assume("third"),
      );
      assertEquals(third.asked, ["third"]);
      assertEquals(third.said.length, 1);
    });

    await inFreshHome(t, "cachedSession() keeps nothing readable on disk, for its owner alone", async () => {
      await ask(run(), "visible-token");
      if (Deno.build.os !== "windows") {
        assertEquals(await stored(), [["NAME", "600"], ["NAME.lock", "600"]]);
        assertEquals(
          ((await Deno.stat(`${home}/arar`)).mode ?? 0) & 0o777,
          0o700,
        );
      }
      const text = new TextDecoder("latin1").decode(await Deno.readFile(await recordPath()));
      for (
        const word of [
          "visible-token",
          "assumed-secret",
          "ASIAEXAMPLE",
          "AKIAEXAMPLE",
          "deploy",
          "source-secret",
        ]
      ) {
        assertEquals(text.includes(word), false, word);
      }
    });

    await inFreshHome(t, "cachedSession() drops a damaged record and says so", async () => {
      await ask(run(), "old");
      const path = await recordPath();
      await Deno.truncate(path, 60);
      const second = run();
      assertEquals(await ask(second, "new"), "new");
      assertEquals(second.said, [`${path} is damaged; removed`]);
      assertEquals(await ask(run(), "newer"), "new");
    });

    await inFreshHome(t, "cachedSession() asks once for many runs at the same time", async () => {
      const runs = Array.from({ length: 8 }, () => run());
      const tokens = await Promise.all(runs.map((one, i) => ask(one, `token-${i}`)));
      assertEquals(runs.flatMap(({ asked }) => asked).length, 1);
      assertEquals(new Set(tokens).size, 1);
    });

    await inFreshHome(t, "cachedSession() keeps nothing of a failed request, and frees its lock", async () => {
      const { cache } = run();
      await assertRejects(
        () =>
          cachedSession(
            cache,
            request,
            () => Promise.reject(new ArarError("denied")),
          ),
        ArarError,
        "denied",
      );
      assertEquals(await ask(run(), "later"), "later");
    });

    await inFreshHome(t, "cachedSession() refuses a folder or a file that others can read", async () => {
      if (Deno.build.os === "windows") return;
      await ask(run());
      await Deno.chmod(await recordPath(), 0o644);
      await assertRejects(
        () => ask(run()),
        ArarError,
        "open to others, mode 644",
      );
      await Deno.chmod(`${home}/arar`, 0o750);
      await assertRejects(
        () => ask(run()),
        ArarError,
        "open to others, mode 750",
      );
    });

    await inFreshHome(t, "cachedSession() goes on without a folder that cannot be used", async () => {
      if (Deno.build.os === "windows") return;
      await Deno.symlink(`${home}/arar`, `${home}/arar`);
      const loop = run();
      assertEquals(await ask(loop, "token"), "token");
      assertEquals(loop.stderr, [
        `arar: warning: cannot use the cache "${home}/arar": too many levels of symbolic links\n`,
      ]);
      await Deno.remove(`${home}/arar`);
      home = `${home}/${"x".repeat(5000)}`;
      const long = run();
      assertEquals(await ask(long, "token"), "token");
      assertEquals(long.stderr.length, 1);
      assertStringIncludes(long.stderr[0] ?? "", "file name too long\n");
    });

    await inFreshHome(t, "cachedSession() replaces a loop in a record's place, and leaves a folder there", async () => {
      if (Deno.build.os === "windows") return;
      await ask(run());
      const path = await recordPath();
      await Deno.remove(path);
      await Deno.symlink(path, path);
      const loop = run();
      assertEquals([await ask(loop, "new"), await ask(run(), "newer"), loop.stderr], ["new", "new", []]);
      await Deno.remove(path);
      await Deno.mkdir(`${path}/mine`, { recursive: true, mode: 0o700 });
      const folder = run();
      assertEquals(await ask(folder, "newest"), "newest");
      assertEquals(folder.stderr, [`arar: warning: cannot write to the cache "${home}/arar": is a directory\n`]);
      assertEquals((await Deno.stat(`${path}/mine`)).isDirectory, true);
    });

    await inFreshHome(t, "cachedSession() shows control characters of a path escaped", async () => {
      if (Deno.build.os === "windows") return;
      home = `${home}/a\n::error::x`;
      await Deno.mkdir(home);
      await Deno.writeTextFile(`${home}/arar`, "", { mode: 0o600 });
      const one = run();
      await ask(one);
      assertEquals(one.stderr.map((line) => line.indexOf("\n") === line.length - 1), [true]);
    });

    await inFreshHome(t, "cachedSession() goes on without a cache that cannot be written", async () => {
      await Deno.writeTextFile(
        `${home}/arar`,
        "a file where the folder should be",
        { mode: 0o600 },
      );
      const one = run();
      assertEquals(await ask(one, "token"), "token");
      assertEquals(one.stderr.length, 1);
      assertEquals(
        one.stderr[0]?.startsWith(`arar: warning: cannot write to the cache "${home}/arar": `),
        true,
      );
    });
  });

  await t.step("cachedCaller()", async (t) => {
    await inFreshHome(t, "cachedCaller() remembers the caller for half a day", async () => {
      const caller = (at: number, arn: string) => cachedCaller(run({ at }).cache, request, () => Promise.resolve(arn));
      assertEquals(await caller(START, "arn:one"), "arn:one");
      assertEquals(await caller(START + 12 * HOUR, "arn:two"), "arn:one");
      assertEquals(await caller(START + 12 * HOUR + 1, "arn:two"), "arn:two");
    });
  });

  await t.step("clearCache()", async (t) => {
    await inFreshHome(t, "clearCache() removes what the cache made and nothing else", async () => {
      await ask(run());
      await Deno.writeTextFile(`${home}/arar/notes.txt`, "mine");
      assertEquals(await clear(), {
        folder: `${home}/arar`,
        count: 1,
      });
      assertEquals((await stored()).map(([name]) => name), ["notes.txt"]);
      assertEquals(await ask(run(), "new"), "new");
    });

    await inFreshHome(t, "clearCache() follows nobody else's link", async () => {
      if (Deno.build.os === "windows" || Deno.uid() !== 0) return;
      await ask(run());
      await Deno.rename(`${home}/arar`, `${home}/private`);
      await Deno.symlink(`${home}/private`, `${home}/arar`);
      assertEquals((await clear()).count, 1);
      await ask(run());
      await new Deno.Command("chown", { args: ["-h", "12345", `${home}/arar`] }).output();
      for (const use of [() => clear(), () => ask(run())]) {
        await assertRejects(use, ArarError, "it is owned by user 12345, not by user 0");
      }
      assertEquals((await files.listFiles(`${home}/private`)).length, 2);
    });

    await inFreshHome(t, "clearCache() says why it cannot", async () => {
      if (Deno.build.os === "windows") return;

      await Deno.writeTextFile(`${home}/arar`, "", { mode: 0o600 });
      await assertRejects(clear, ArarError, `cannot clear the cache "${home}/arar": not a directory`);
      await Deno.remove(`${home}/arar`);
      await Deno.symlink(`${home}/arar`, `${home}/arar`);
      await assertRejects(clear, ArarError, "too many levels of symbolic links");
    });

    await inFreshHome(t, "clearCache() is done by itself for what is older than a day", async () => {
      await ask(run());
      const [old, time] = [
        await recordPath(),
        new Date(START - 24 * HOUR - 1000),
      ];
      await Deno.utime(old, time, time);
      await ask(run({ secret: "another" }));
      assertEquals(
        (await stored()).filter(([name]) => name === "NAME").length,
        1,
      );
      assertEquals(await recordPath() === old, false);
    });

    await inFreshHome(t, "clearCache() finds nothing where there is none", async () => {
      assertEquals(await clear(), {
        folder: `${home}/arar`,
        count: 0,
      });
    });
  });

  await t.step("defaultMinTtl()", async (t) => {
    await t.step("defaultMinTtl() is the smaller of 15 minutes and a quarter of the session", () => {
      assertEquals([
        defaultMinTtl(900_000),
        defaultMinTtl(HOUR),
        defaultMinTtl(12 * HOUR),
      ], [225_000, 900_000, 900_000]);
    });
  });
});
