import { assertEquals, assertMatch } from "@std/assert";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import { renewalDelay, retryDelay, startRefresh } from "../../lib/use/refresh.ts";
import { ArarError } from "../../lib/errors.ts";
import type { ServedRequest, ServedResponse } from "../../lib/system/server.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const HOUR = 3_600_000;

/** A world with a clock that is moved by hand, and a server that is asked by a call. */
function world() {
  let now = START;
  let sleeper: { readonly time: number; wake(): void } | undefined;
  let answer: ((request: ServedRequest) => ServedResponse) | undefined;
  const stderr: string[] = [];
  return {
    stderr,
    isServing: () => answer !== undefined,
    ask: (request: ServedRequest) => answer?.(request),
    /** Sets the clock: whoever sleeps sleeps on. */
    setClock(milliseconds: number) {
      now += milliseconds;
      if (sleeper) sleeper = { ...sleeper, time: sleeper.time + milliseconds };
    },
    /** Moves the clock, waking whoever slept until then. */
    async pass(milliseconds: number) {
      for (const end = now + milliseconds;;) {
        // Lets everything run that waits for nothing but its turn.
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        if (!sleeper || sleeper.time > end) {
          now = end;
          return;
        }
        now = sleeper.time;
        sleeper.wake();
      }
    },
    system: {
      now: () => now,
      randomBytes: (count: number) => new Uint8Array(count).with(0, 0x80),
      writeStderr: (text: string) => void stderr.push(text),
      sleep: (milliseconds: number, options: { readonly signal?: AbortSignal } = {}) =>
        new Promise<void>((resolve, reject) => {
          sleeper = {
            time: now + milliseconds,
            wake() {
              sleeper = undefined;
              resolve();
            },
          };
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        }),
      serve: (handler: (request: ServedRequest) => ServedResponse) => {
        answer = handler;
        const close = () => {
          answer = undefined;
          return Promise.resolve();
        };
        return Promise.resolve({ port: 4711, close });
      },
    },
  };
}

function session(name: string, expiration: number, clockSkew?: number): RoleSession {
  return {
    ...(clockSkew !== undefined && { clockSkew }),
    credentials: { accessKeyId: name, secretAccessKey: "s", sessionToken: "t", expiration: new Date(expiration) },
    arn: "arn:aws:sts::123456789012:assumed-role/deploy/alice",
    accountId: "123456789012",
  };
}

/** Sessions of an hour named `second`, `third`, ...; while `broken` is set, STS refuses. Its clock is ahead of ours by `skew`. */
async function start(skew?: number) {
  const place = world();
  const said: string[] = [];
  const names = ["second", "third", "fourth"];
  const sts = { broken: false };
  const issue = (name: string, now: number) => session(name, now + (skew ?? 0) + HOUR, skew);
  const assume = () => {
    const name = sts.broken ? undefined : names.shift();
    if (name === undefined) return Promise.reject(new ArarError("denied by the test"));
    return Promise.resolve(issue(name, place.system.now()));
  };
  const refresh = await startRefresh(place.system, {
    session: issue("first", START),
    assume,
    say: (line) => void said.push(line),
  });
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = "", AWS_CONTAINER_AUTHORIZATION_TOKEN: token = "" } = refresh.env;
  /** What a client gets now. */
  const get = () => {
    const path = new URL(uri).pathname;
    const response = place.ask({ method: "GET", path, headers: { authorization: token, host: new URL(uri).host } });
    const { AccessKeyId, Message } = JSON.parse(response?.body ?? "{}");
    return AccessKeyId ?? Message;
  };
  return { ...place, refresh, sts, said, get, uri, token };
}

Deno.test("startRefresh()", async (t) => {
  await t.step("startRefresh() tells the command where to ask, with a secret of 32 bytes", async () => {
    const { refresh, uri, token } = await start();
    assertEquals(Object.keys(refresh.env), [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ]);
    assertMatch(uri, /^http:\/\/127\.0\.0\.1:4711\/[0-9a-f]{32}$/);
    assertMatch(token, /^[0-9a-f]{64}$/);
    await refresh[Symbol.asyncDispose]();
  });

  await t.step("startRefresh() renews half way, again and again", async () => {
    const { pass, get, refresh, said } = await start();
    const seen = [get()];
    for (const step of [HOUR * 0.49, HOUR * 0.02, HOUR * 0.5]) {
      await pass(step);
      seen.push(get());
    }
    assertEquals(seen, ["first", "first", "second", "third"]);
    assertEquals(said[0], "session until 2030-01-01T01:30:00.000Z");
    await refresh[Symbol.asyncDispose]();
  });

  await t.step("startRefresh() tries again, and the command sees the old session meanwhile", async () => {
    const { pass, get, refresh, sts, stderr } = await start();
    sts.broken = true;
    await pass(HOUR * 0.9);
    assertEquals(get(), "first");
    sts.broken = false;
    await pass(60_000);
    assertEquals([get(), stderr], ["second", []]);
    await refresh[Symbol.asyncDispose]();
  });

  await t.step(
    "startRefresh() says why once the old session has ended: to the command each time, on stderr once",
    async () => {
      const { pass, get, refresh, sts, stderr } = await start();
      sts.broken = true;
      await pass(HOUR * 3);
      const why = "the role session expired at 2030-01-01T01:00:00.000Z and could not be renewed: denied by the test";
      assertEquals([get(), stderr], [why, [`arar: ${why}\n`]]);
      sts.broken = false;
      await pass(60_000);
      assertEquals([get(), stderr.length], ["second", 1]);
      await refresh[Symbol.asyncDispose]();
    },
  );

  await t.step("startRefresh() finds out that a suspended machine's clock went on", async () => {
    const { get, refresh, pass, system } = await start();
    let skipped = 0;
    const now = system.now;
    system.now = () => now() + skipped;
    skipped = 2 * HOUR;
    await pass(2000);
    assertEquals(get(), "second");
    await refresh[Symbol.asyncDispose]();
  });

  for (const hours of [-2, 2]) {
    await t.step(`startRefresh() counts by STS's clock where it is ${hours} hours off`, async () => {
      const { pass, get, refresh, said, stderr } = await start(hours * HOUR);
      const seen = [get()];
      for (const step of [HOUR * 0.4, HOUR * 0.2, HOUR * 0.5]) {
        await pass(step);
        seen.push(get());
      }
      assertEquals([seen, said.length, stderr], [["first", "first", "second", "third"], 2, []]);
      await refresh[Symbol.asyncDispose]();
    });
  }

  await t.step("startRefresh() renews in time though the clock is set back", async () => {
    const { pass, get, refresh, setClock } = await start();
    await pass(HOUR * 0.1);
    setClock(-2 * HOUR);
    await pass(HOUR * 0.5);
    assertEquals(get(), "second");
    await refresh[Symbol.asyncDispose]();
  });

  await t.step("startRefresh() ends serving and renewing when it is disposed of", async () => {
    const { isServing, refresh, pass, said, stderr } = await start();
    await refresh[Symbol.asyncDispose]();
    await pass(HOUR * 2);
    assertEquals([isServing(), said, stderr], [false, [], []]);
  });
});

Deno.test("renewalDelay()", async (t) => {
  await t.step("renewalDelay() leaves clients that ask 15 minutes early a new session, and never hurries STS", () => {
    assertEquals([renewalDelay(HOUR, 0), renewalDelay(HOUR, 1)].map(Math.round), [1_620_000, 1_980_000]);
    assertEquals([renewalDelay(0, 0), renewalDelay(-HOUR, 1)], [1000, 1000]);
  });
});

Deno.test("retryDelay()", async (t) => {
  await t.step("retryDelay() grows from a second to half a minute", () => {
    assertEquals([1, 2, 3, 10, 2000].map((failures) => retryDelay(failures, 1)), [1000, 2000, 4000, 30_000, 30_000]);
    assertEquals(retryDelay(1, 0), 500);
  });
});
