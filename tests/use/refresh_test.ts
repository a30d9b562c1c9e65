import { assertEquals } from "@std/assert";
import { answerRequest, equalInConstantTime, renewalDelay, retryDelay, startRefresh } from "../../lib/use/refresh.ts";
import { ArarError } from "../../lib/errors.ts";
import type { ServedRequest, ServedResponse } from "../../lib/system/server.ts";
import { sampleSession } from "./sessions.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const HOUR = 3_600_000;

/** A fake system with a clock moved by hand, and a server that is called directly. */
function world() {
  let now = START;
  let sleeper: { readonly time: number; wake(): void } | undefined;
  let answer: ((request: ServedRequest) => ServedResponse) | undefined;
  const stderr: string[] = [];
  return {
    stderr,
    isServing: () => answer !== undefined,
    ask: (request: ServedRequest) => answer?.(request),
    /** Changes the clock, but not how long a sleeper still sleeps. */
    setClock(milliseconds: number) {
      now += milliseconds;
      if (sleeper) sleeper = { ...sleeper, time: sleeper.time + milliseconds };
    },
    /** Lets time pass, waking the sleeper when it is due. */
    async pass(milliseconds: number) {
      for (const end = now + milliseconds;;) {
        // Runs all pending microtasks.
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
          const wake = () => {
            sleeper = undefined;
            resolve();
          };
          sleeper = { time: now + milliseconds, wake };
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        }),
      serve: (handler: (request: ServedRequest) => ServedResponse) => {
        answer = handler;
        return { port: 4711, close: () => void (answer = undefined) };
      },
    },
  };
}

/** One-hour sessions named `second`, `third`, ...; while `broken` is set, STS refuses. Its clock is ahead of ours by `skew`. */
function start(skew = 0) {
  const fake = world();
  const said: string[] = [];
  const names = ["second", "third", "fourth"];
  const sts = { broken: false };
  const issue = (accessKeyId: string, now: number) =>
    sampleSession({ clockSkew: skew, credentials: { accessKeyId, expiration: new Date(now + skew + HOUR) } });
  const assume = () => {
    const name = sts.broken ? undefined : names.shift();
    if (name === undefined) return Promise.reject(new ArarError("denied by the test"));
    return Promise.resolve(issue(name, fake.system.now()));
  };
  const refresh = startRefresh(fake.system, {
    session: issue("first", START),
    assume,
    isRenewable: true,
    say: (line) => void said.push(line),
  });
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = "", AWS_CONTAINER_AUTHORIZATION_TOKEN: token = "" } = refresh.env;
  /** What a client gets now. */
  const get = () => {
    const path = new URL(uri).pathname;
    const response = fake.ask({ method: "GET", path, headers: { authorization: token, host: new URL(uri).host } });
    const { AccessKeyId, Message } = JSON.parse(response?.body ?? "{}");
    return AccessKeyId ?? Message;
  };
  return {
    ...fake,
    env: refresh.env,
    sts,
    said,
    get,
    uri,
    token,
    [Symbol.dispose]: refresh[Symbol.dispose],
  };
}

Deno.test("startRefresh()", async (t) => {
  await t.step("renews half way, again and again", async () => {
    using run = start();
    const seen = [run.get()];
    for (const step of [HOUR * 0.49, HOUR * 0.02, HOUR * 0.5]) {
      await run.pass(step);
      seen.push(run.get());
    }
    assertEquals(seen, ["first", "first", "second", "third"]);
    assertEquals(run.said[0], "arn:aws:sts::123456789012:assumed-role/deploy/alice until 2030-01-01T01:30:00Z");
  });

  await t.step("retries, and serves the old session meanwhile", async () => {
    using run = start();
    run.sts.broken = true;
    await run.pass(HOUR * 0.9);
    const end = "the role session, valid until 2030-01-01T01:00:00Z, is not renewed yet; arar tries again";
    assertEquals([run.get(), run.stderr], ["first", [`arar: ${end}: denied by the test\n`]]);
    run.sts.broken = false;
    await run.pass(60_000);
    assertEquals([run.get(), run.stderr.length], ["second", 1]);
  });

  await t.step("reports why the old session has expired: to the command each time, on stderr once", async () => {
    using run = start();
    run.sts.broken = true;
    await run.pass(HOUR * 3);
    const why = "the role session expired at 2030-01-01T01:00:00Z and could not be renewed: denied by the test";
    assertEquals([run.get(), run.stderr.slice(1)], [why, [`arar: ${why}\n`]]);
    run.sts.broken = false;
    await run.pass(60_000);
    assertEquals([run.get(), run.stderr.length], ["second", 2]);
  });

  await t.step("notices that the machine was suspended", async () => {
    using run = start();
    const { now } = run.system;
    run.system.now = () => now() + 2 * HOUR;
    await run.pass(2000);
    assertEquals(run.get(), "second");
  });

  for (const hours of [-2, 2]) {
    await t.step(`allows for a clock of STS that is ${hours} hours off`, async () => {
      using run = start(hours * HOUR);
      const seen = [run.get()];
      for (const step of [HOUR * 0.4, HOUR * 0.2, HOUR * 0.5]) {
        await run.pass(step);
        seen.push(run.get());
      }
      assertEquals([seen, run.said.length, run.stderr], [["first", "first", "second", "third"], 2, []]);
    });
  }

  await t.step("renews in time even if the clock is set back", async () => {
    using run = start();
    await run.pass(HOUR * 0.1);
    run.setClock(-2 * HOUR);
    await run.pass(HOUR * 0.5);
    assertEquals(run.get(), "second");
  });
});

Deno.test("renewalDelay()", async (t) => {
  await t.step("is early enough for clients that refresh 15 minutes before the end, and at least a second", () => {
    assertEquals([renewalDelay(HOUR, 0), renewalDelay(HOUR, 1)].map(Math.round), [1_620_000, 1_980_000]);
    assertEquals([renewalDelay(0, 0), renewalDelay(-HOUR, 1)], [1000, 1000]);
  });
});

Deno.test("retryDelay()", async (t) => {
  await t.step("grows from a second to half a minute", () => {
    assertEquals([1, 2, 3, 10, 2000].map((failures) => retryDelay(failures, 1)), [1000, 2000, 4000, 30_000, 30_000]);
    assertEquals(retryDelay(1, 0), 500);
  });
});

const END = Date.parse("2030-01-02T03:04:05Z");
const session = sampleSession();
const address = { port: 4711, path: "/path", token: "right" };

/** A valid request, with a change. */
function request(change: Partial<ServedRequest> = {}): ServedRequest {
  return { method: "GET", path: "/path", headers: { authorization: "right", host: "127.0.0.1:4711" }, ...change };
}

Deno.test("answerRequest()", async (t) => {
  await t.step("returns the session to a client with the token", () => {
    const { status, headers, body } = answerRequest(request(), address, { session }, END - 1);
    assertEquals({ status, headers, body: JSON.parse(body) }, {
      status: 200,
      headers: { "cache-control": "no-store", "content-type": "application/json" },
      body: {
        AccessKeyId: "ASIAEXAMPLE",
        SecretAccessKey: "se/cret",
        Token: "to+ken==",
        Expiration: "2030-01-02T03:04:05Z",
        AccountId: "123456789012",
      },
    });
  });

  await t.step("omits an unknown account", () => {
    const state = { session: sampleSession({ accountId: "" }) };
    assertEquals(JSON.parse(answerRequest(request(), address, state, END - 1).body).AccountId, undefined);
  });

  const host = "127.0.0.1:4711";
  const REFUSED: Readonly<Record<string, [Partial<ServedRequest>, number]>> = {
    "no token": [{ headers: { authorization: undefined, host } }, 401],
    "an empty token": [{ headers: { authorization: "", host } }, 401],
    "a wrong token": [{ headers: { authorization: "wrong", host } }, 401],
    "a longer token": [{ headers: { authorization: "rightright", host } }, 401],
    "no host": [{ headers: { authorization: "right", host: undefined } }, 403],
    "a name for the host": [{ headers: { authorization: "right", host: "localhost:4711" } }, 403],
    "a foreign host": [{ headers: { authorization: "right", host: "example.com" } }, 403],
    "another port": [{ headers: { authorization: "right", host: "127.0.0.1:80" } }, 403],
    "another path": [{ path: "/other" }, 404],
    "a query": [{ path: "/path?x" }, 404],
    "another method": [{ method: "POST" }, 405],
  };
  for (const [what, [change, status]] of Object.entries(REFUSED)) {
    await t.step(`refuses a request with ${what}`, () => {
      assertEquals(answerRequest(request(change), address, { session }, END - 1), {
        status,
        headers: { "cache-control": "no-store" },
        body: "",
      });
    });
  }

  await t.step("returns the reason once the session has expired", () => {
    const { status, body } = answerRequest(request(), address, { session, failure: "denied" }, END);
    assertEquals([status, JSON.parse(body)], [400, { Code: "ExpiredToken", Message: "denied" }]);
  });

  await t.step("returns the old session until it expires, even if the renewal failed", () => {
    assertEquals(answerRequest(request(), address, { session, failure: "denied" }, END - 1).status, 200);
  });
});

Deno.test("equalInConstantTime()", async (t) => {
  await t.step("compares texts", () => {
    const texts = ["", "a", "b", "aa", "ab", "aaa", "\u0000", "é", "e"];
    for (const one of texts) {
      for (const other of texts) assertEquals(equalInConstantTime(one, other), one === other, `${one} ${other}`);
    }
  });
});
