import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type Cache,
  cachedSession,
  cacheFolder,
  clearCache,
  defaultMinTtl,
  sessionLabel,
  type SessionRequest,
} from "../../lib/use/cache.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { describeSession } from "../../lib/aws/credentials.ts";
import { ArarError, quote } from "../../lib/errors.ts";
import { clock } from "../../lib/system/clock.ts";
import { files } from "../../lib/system/files.ts";
import type { Origin } from "../../lib/sourced.ts";
import { origin } from "../origin.ts";
import { sampleSession } from "./sessions.ts";

const HOUR = 3_600_000;
/** Now, since the cache removes old files. */
const START = Date.now();
const WINDOWS = Deno.build.os === "windows";
const request: SessionRequest = {
  roles: [],
  region: "eu-west-1",
  endpoint: { fips: false, dualstack: false, legacyGlobal: false, maxAttempts: 3, retryMode: "standard" },
};

let home: string;
/** The cache's folder, as messages name it. */
const folder = () => cacheFolder(run().cache.env, Deno.build.os);
const clear = () => clearCache(run().cache.system, run().cache.env);

/** A run at some time, with its cache, a fake STS, and its output. */
function run(
  { at = START, secret = "source-secret", minTtlSeconds }: { at?: number; secret?: string; minTtlSeconds?: number } =
    {},
) {
  const said: string[] = [];
  const stderr: string[] = [];
  const writeStderr = (text: string) => void stderr.push(text);
  const cache: Cache = {
    system: { ...files, os: Deno.build.os, now: () => at, randomBytes: clock.randomBytes, writeStderr },
    env: WINDOWS ? { LOCALAPPDATA: home } : { XDG_CACHE_HOME: home },
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: secret },
    minTtlSeconds,
    say: (line) => void said.push(line),
  };
  const asked: string[] = [];
  const assume = (token = "token") => {
    asked.push(token);
    return Promise.resolve(issue(at, token));
  };
  return { cache, said, stderr, asked, assume };
}

function issue(at: number, sessionToken: string) {
  return sampleSession({ credentials: { sessionToken, expiration: new Date(at + HOUR) } });
}

/** The token of the session that the run gets; this one if it asks STS. */
async function ask(one: ReturnType<typeof run>, token?: string, region = "eu-west-1"): Promise<string> {
  const session = await cachedSession(one.cache, { ...request, region }, () => one.assume(token));
  return session.credentials.sessionToken;
}

const nameOf = (file: string) => file.replace(/^[0-9a-f]{64}/, "NAME");

/** The cache's files, and the modes of each. */
async function stored(): Promise<readonly string[]> {
  const found = (await files.listFiles(`${home}/arar`)).map(async ({ name }) => {
    const { mode } = await Deno.stat(`${home}/arar/${name}`);
    return `${nameOf(name)} ${((mode ?? 0) & 0o777).toString(8)}`;
  });
  return (await Promise.all(found)).sort();
}

async function recordPath(): Promise<string> {
  const record = (await files.listFiles(`${home}/arar`)).find(({ name }) => nameOf(name) === "NAME");
  if (!record) throw new Error("no record");
  return `${home}/arar/${record.name}`;
}

/** A case with its own cache. */
async function inFreshHome(t: Deno.TestContext, name: string, fn: () => Promise<void>, ignore = false): Promise<void> {
  const inHome = async () => {
    const folder = home = await Deno.makeTempDir();
    try {
      await fn();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  await t.step({ name, ignore, fn: inHome });
}

Deno.test("cachedSession()", async (t) => {
  await inFreshHome(t, "asks STS once, then returns the same session unchanged", async () => {
    const first = run();
    const session = await cachedSession(first.cache, request, first.assume);
    const second = run({ at: START + HOUR / 2 });
    assertEquals(await cachedSession(second.cache, request, second.assume), session);
    assertEquals([first.asked, second.asked], [["token"], []]);
    assertEquals(second.said, [describeSession(session)]);
  });

  await inFreshHome(t, "asks again once less than the minimum time to live is left", async () => {
    await ask(run(), "old");
    assertEquals(await ask(run({ at: START + HOUR - 900_000 }), "new"), "old");
    assertEquals(await ask(run({ at: START + HOUR - 899_999 }), "new"), "new");
    assertEquals(await ask(run({ at: START + HOUR }), "newest"), "new");
  });

  await inFreshHome(t, "uses the earlier expiration if the clock was wrong", async () => {
    for (const hours of [-2, 2]) {
      const wrong = run({ secret: `wrong by ${hours}` });
      const skewed = { ...issue(START + hours * HOUR, "old"), clockSkew: hours * HOUR };
      await cachedSession(wrong.cache, request, () => Promise.resolve(skewed));
      const end = Math.min(START + HOUR, START + HOUR + hours * HOUR);
      assertEquals(await ask(run({ secret: `wrong by ${hours}`, at: end - 899_000 }), "new"), "new");
    }
  });

  await inFreshHome(t, "never returns the session of another request or key", async () => {
    await ask(run(), "one");
    assertEquals(await ask(run(), "other", "us-east-1"), "other");
    assertEquals(await ask(run({ secret: "rotated" }), "rotated"), "rotated");
  });

  await inFreshHome(t, "does not accept a record that was moved to another's place", async () => {
    await ask(run(), "one");
    const moved = await recordPath();
    const bytes = await Deno.readFile(moved);
    await Deno.remove(moved);
    await ask(run(), "other", "us-east-1");
    await Deno.writeFile(await recordPath(), bytes);
    const third = run();
    assertEquals(await ask(third, "third", "us-east-1"), "third");
    assertEquals(third.said.length, 1);
  });

  await inFreshHome(t, "stores nothing readable, and only for the owner", async () => {
    await ask(run(), "visible-token");
    if (!WINDOWS) {
      assertEquals(await stored(), ["NAME 600", "NAME.lock 600"]);
      assertEquals(((await Deno.stat(`${home}/arar`)).mode ?? 0) & 0o777, 0o700);
    }
    const text = new TextDecoder("latin1").decode(await Deno.readFile(await recordPath()));
    const words = ["visible-token", "se/cret", "ASIAEXAMPLE", "AKIAEXAMPLE", "deploy", "123456789012", "source-secret"];
    assertEquals(words.filter((word) => text.includes(word)), []);
  });

  await inFreshHome(t, "removes a damaged record, and reports it", async () => {
    await ask(run(), "old");
    const path = await recordPath();
    await Deno.truncate(path, 60);
    const second = run();
    assertEquals(await ask(second, "new"), "new");
    assertEquals(second.said.map((line) => line.replaceAll("\\", "/")), [
      `${path.replaceAll("\\", "/")} is damaged; removed`,
    ]);
    assertEquals(await ask(run(), "newer"), "new");
  });

  await inFreshHome(t, "asks once for many runs at the same time", async () => {
    const runs = Array.from({ length: 8 }, () => run());
    const tokens = await Promise.all(runs.map((one, i) => ask(one, `token-${i}`)));
    assertEquals(runs.flatMap(({ asked }) => asked).length, 1);
    assertEquals(new Set(tokens).size, 1);
  });

  await inFreshHome(t, "stores nothing if the request fails, and releases its lock", async () => {
    const denied = () => Promise.reject(new ArarError("denied"));
    await assertRejects(() => cachedSession(run().cache, request, denied), ArarError, "denied");
    assertEquals(await ask(run(), "later"), "later");
  });

  await inFreshHome(t, "refuses a folder or a file that others can read", async () => {
    await ask(run());
    await Deno.chmod(await recordPath(), 0o644);
    await assertRejects(() => ask(run()), ArarError, "open to others, mode 644");
    await Deno.chmod(`${home}/arar`, 0o750);
    await assertRejects(() => ask(run()), ArarError, "open to others, mode 750");
  }, WINDOWS);

  await inFreshHome(t, "only warns if the folder cannot be used", async () => {
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
  }, WINDOWS);

  await t.step("only warns if there is no folder for it", async () => {
    const one = run();
    const homeless = { ...one.cache, env: {} };
    assertEquals((await cachedSession(homeless, request, one.assume)).credentials.sessionToken, "token");
    const missing = WINDOWS ? "LOCALAPPDATA" : "HOME";
    assertEquals(one.stderr, [`arar: warning: no directory for the cache: ${missing} is not set\n`]);
  });

  await inFreshHome(t, "replaces a link in place of a record, but not a folder", async () => {
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
  }, WINDOWS);

  await inFreshHome(t, "only warns if the cache cannot be written", async () => {
    await Deno.writeTextFile(`${home}/arar`, "a file in place of the folder", { mode: 0o600 });
    const one = run();
    assertEquals(await ask(one, "token"), "token");
    assertEquals(one.stderr.length, 1);
    assertStringIncludes(`${one.stderr[0]}`, `arar: warning: cannot write to the cache ${quote(folder())}: `);
  });

  await inFreshHome(t, "removes records that are older than a day", async () => {
    await ask(run());
    const old = await recordPath();
    const time = new Date(START - 24 * HOUR - 1000);
    await Deno.utime(old, time, time);
    await ask(run({ secret: "another" }));
    assertEquals((await stored()).filter((name) => name.startsWith("NAME ")).length, 1);
    assertEquals(await recordPath() === old, false);
  });
});

Deno.test("clearCache()", async (t) => {
  await inFreshHome(t, "removes the cache's own files only", async () => {
    await ask(run());
    await Deno.writeTextFile(`${home}/arar/notes.txt`, "mine");
    assertEquals(await clear(), { folder: folder(), count: 1 });
    assertEquals((await files.listFiles(`${home}/arar`)).map(({ name }) => name), ["notes.txt"]);
    assertEquals(await ask(run(), "new"), "new");
  });

  await inFreshHome(t, "does not follow another user's link", async () => {
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
  }, WINDOWS || Deno.uid() !== 0);

  await inFreshHome(t, "gives the reason if it fails", async () => {
    await Deno.writeTextFile(`${home}/arar`, "", { mode: 0o600 });
    await assertRejects(clear, ArarError, `cannot clear the cache "${home}/arar": not a directory`);
    await Deno.remove(`${home}/arar`);
    await Deno.symlink(`${home}/arar`, `${home}/arar`);
    await assertRejects(clear, ArarError, "too many levels of symbolic links");
  }, WINDOWS);

  await inFreshHome(t, "returns 0 if there is no cache", async () => {
    assertEquals(await clear(), { folder: folder(), count: 0 });
  });
});

Deno.test("defaultMinTtl()", async (t) => {
  await t.step("is the smaller of 15 minutes and a quarter of the session", () => {
    assertEquals([900_000, HOUR, 12 * HOUR].map(defaultMinTtl), [225_000, 900_000, 900_000]);
  });
});

const role: RoleRequest = {
  roleArn: "arn:aws:iam::123456789012:role/deploy",
  sessionName: { kind: "given", value: "alice" },
  durationSeconds: 3600,
  externalId: "external",
  sourceIdentity: "identity",
  policy: "{}",
  policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
  tags: [{ key: "team", value: "a" }],
  transitiveTagKeys: ["team"],
  mfa: { serialNumber: "arn:aws:iam::123456789012:mfa/alice", code: { kind: "given", code: "123456" } },
};
const whole: SessionRequest = {
  ...request,
  roles: [role],
  endpoint: { ...request.endpoint, url: { value: "https://sts.example", from: origin("AWS_ENDPOINT_URL_STS") } },
};
const labelOf = (one: SessionRequest) => sessionLabel("AKIAEXAMPLE", one);

const withRole = (change: Partial<RoleRequest>) => ({ ...whole, roles: [{ ...role, ...change }] });

const DIFFERENT: Readonly<Record<string, SessionRequest>> = {
  "region": { ...whole, region: "eu-west-2" },
  "endpoint": { ...whole, endpoint: { ...request.endpoint, fips: true } },
  "endpoint URL": { ...whole, endpoint: { ...request.endpoint, url: { value: "https://other", from: origin("") } } },
  "user's session": { ...whole, user: { durationSeconds: undefined, serialNumber: undefined } },
  "chain": { ...whole, roles: [role, role] },
  "role": withRole({ roleArn: "arn:aws:iam::123456789012:role/other" }),
  "session name": withRole({ sessionName: { kind: "given", value: "bob" } }),
  "user name": withRole({ sessionName: { kind: "user-name" } }),
  "generated name": withRole({ sessionName: { kind: "given", value: "alice", generated: true } }),
  "duration": withRole({ durationSeconds: 900 }),
  "external ID": withRole({ externalId: "other", sourceIdentity: "identity" }),
  "source identity": withRole({ externalId: "external", sourceIdentity: "other" }),
  "policy": withRole({ policy: "[]" }),
  "policy ARNs": withRole({ policyArns: [] }),
  "tags": withRole({ tags: [{ key: "team", value: "b" }] }),
  "transitive keys": withRole({ transitiveTagKeys: [] }),
  "MFA device": withRole({ mfa: { serialNumber: "other-device", code: { kind: "ask" } } }),
};

Deno.test("sessionLabel()", async (t) => {
  for (const [field, different] of Object.entries(DIFFERENT)) {
    await t.step(`differs with another ${field}`, () => {
      assertNotEquals(labelOf(different), labelOf(whole));
    });
  }

  await t.step("differs with another source key", () => {
    assertNotEquals(sessionLabel("AKIAOTHER", whole), labelOf(whole));
  });

  await t.step("does not depend on the order of the fields", () => {
    const { endpoint, ...rest } = whole;
    assertEquals(labelOf({ endpoint, ...rest }), labelOf(whole));
  });

  await t.step("does not depend on the MFA code", () => {
    const asked = withRole({ mfa: { serialNumber: "arn:aws:iam::123456789012:mfa/alice", code: { kind: "ask" } } });
    assertEquals(labelOf(asked), labelOf(whole));
    assertEquals(labelOf(whole).includes('123456"'), false);
  });

  await t.step("does not depend on where the endpoint was configured", () => {
    const from = (place: Origin) => ({
      ...whole.endpoint,
      url: { value: "https://sts.example", from: place },
      caBundle: { value: "/ca.pem", from: place },
    });
    const [exported, written] = [origin("AWS_ENDPOINT_URL_STS"), origin("x in [y] of CONFIG")].map((place) =>
      labelOf({ ...whole, endpoint: from(place) })
    );
    assertEquals(exported, written);
  });

  await t.step("does not depend on which session name was generated", () => {
    const generated = (value: string) => withRole({ sessionName: { kind: "given", value, generated: true } });
    assertEquals(labelOf(generated("arar-1")), labelOf(generated("arar-2")));
  });
});

Deno.test("cacheFolder()", async (t) => {
  await t.step("follows the convention of each operating system", () => {
    const rows = [
      ["linux", { HOME: "/home/a" }, "/home/a/.cache/arar"],
      ["linux", { HOME: "/home/a", XDG_CACHE_HOME: "/cache" }, "/cache/arar"],
      ["linux", { HOME: "/home/a", XDG_CACHE_HOME: "relative" }, "/home/a/.cache/arar"],
      ["darwin", { HOME: "/Users/a" }, "/Users/a/Library/Caches/arar"],
      ["darwin", { HOME: "/Users/a", XDG_CACHE_HOME: "/cache" }, "/cache/arar"],
      ["windows", { LOCALAPPDATA: "C:\\Local", HOME: "x" }, "C:\\Local\\arar"],
    ] as const;
    for (const [os, env, folder] of rows) assertEquals(cacheFolder({ ...env }, os), folder);
  });

  await t.step("names the missing variable", () => {
    assertThrows(() => cacheFolder({}, "linux"), ArarError, "HOME is not set");
    assertThrows(() => cacheFolder({ HOME: "/x" }, "windows"), ArarError, "LOCALAPPDATA is not set");
  });
});
