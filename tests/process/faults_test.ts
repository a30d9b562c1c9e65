/**
 * Faults between arar and STS. If arar cannot succeed, it ends in bounded time with one message and does not run the
 * command.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { AT_ONCE, HANG_SECONDS } from "../patience.ts";
import { always, type Fault, makeCertificates, type ServerTls, startSts, type StsOptions } from "../sts_server.ts";
import { ararWords, baseEnv } from "../arar.ts";
import { actions, type EnvChange, failure, job, jobEnv, QUIET, shellJob, SHOW, skipUnless } from "./job.ts";
import { HAS_TERMINAL, onTerminal } from "./terminal.ts";

const certificates = await makeCertificates();

/** How every message begins: alice assumes a role. */
const TRIED = 'cannot assume role "arn:aws:iam::123456789012:role/terraform-role" as key ****************MPLE: ';

const IN_TIME = /^no answer from 127\.0\.0\.1:\d+ within 1 s$/;

Deno.test("a permanent fault", async (t) => {
  await Promise.all(
    lasting().map(([name, fault, message]) =>
      t.step({
        ...AT_ONCE,
        name: `ends arar: ${name}`,
        fn: async () => {
          const timeout = message === IN_TIME ? 1 : HANG_SECONDS;
          const [first = "", ...hints] = await fails({ faults: always(fault) }, {}, timeout);
          assertStringIncludes(first, TRIED);
          assertMatch(first.slice(TRIED.length), message);
          assertEquals(hints.length, 1);
        },
      })
    ),
  );
});

function lasting(): readonly (readonly [string, Fault, RegExp])[] {
  const notSts = /^127\.0\.0\.1:\d+ did not answer like STS$/;
  const broken = /^no answer from 127\.0\.0\.1:\d+: \S/;
  return [
    ["no answer ever", { kind: "hang" }, IN_TIME],
    ["an answer that stops halfway", { kind: "hangMidBody" }, IN_TIME],
    ["a reset in the middle of the answer", { kind: "resetMidBody" }, broken],
    ["a connection closed in the middle of the answer", { kind: "halfBody" }, broken],
    ["HTTP 500 with HTML", { kind: "html", status: 500 }, /^HTTP 500$/],
    ["HTTP 200 with HTML", { kind: "html", status: 200 }, notSts],
    ["throttling", { kind: "throttle" }, /^Throttling: Rate exceeded$/],
    ["half of the XML", { kind: "truncated" }, notSts],
    ["10 MB of text", { kind: "hugeText", bytes: 10_000_000 }, /its answer is too long$/],
    ["no credentials", { kind: "missing", elements: ["Credentials"] }, notSts],
  ];
}

Deno.test("a temporary fault", async (t) => {
  const rows: readonly (readonly [string, StsOptions["faults"] & object])[] = [
    ["is retried: HTTP 500, then throttled", [{ kind: "html", status: 500 }, { kind: "throttle" }]],
    ["is retried: reset in the middle", [{ kind: "resetMidBody" }]],
    ["is retried: closed in the middle", [{ kind: "halfBody" }]],
    ["is none: a wrong content type", always({ kind: "contentType", contentType: "application/json" })],
    ["is none: entities, which are not expanded", always({ kind: "entities" })],
  ];
  await Promise.all(rows.map(([name, faults]) => t.step({ ...AT_ONCE, name, fn: () => succeeds({ faults }) })));
});

Deno.test("a clock an hour off", async (t) => {
  for (const [clockOffsetSeconds, sessionSeconds] of [[3600, 3600], [-3600, 3600], [-3600, 900]] as const) {
    await t.step(`is corrected: ${clockOffsetSeconds} s`, () => succeeds({ clockOffsetSeconds, sessionSeconds }));
  }
});

Deno.test("a failed connection", async (t) => {
  await t.step("is reported: refused", async () => {
    const [message = "", hint] = await fails({}, { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:2" });
    assertEquals(message, `${TRIED}no answer from 127.0.0.1:2: connection refused`);
    assertEquals(hint, "hint: check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)");
  });

  await t.step({
    name: "is reported: a host that does not answer",
    ignore: skipUnless(Deno.build.os === "linux", "only Linux leaves a connection unanswered if the queue is full"),
    fn: async () => {
      using silent = fullListener();
      const [message = ""] = await fails({}, { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${await silent.port}` }, 1);
      assertMatch(message.slice(TRIED.length), IN_TIME);
    },
  });

  await t.step({
    name: "is reported: a certificate",
    ignore: skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with"),
    fn: async () => {
      await using made = certificates;
      if (!made) return;
      const known = { AWS_CA_BUNDLE: made.caFile };
      const rows: readonly (readonly [ServerTls, EnvChange, string, RegExp])[] = [
        [made.valid, {}, "is signed by an unknown authority", /^hint: .*AWS_CA_BUNDLE/],
        [made.wrongHost, known, "is for another host", /^hint: .*AWS_CA_BUNDLE/],
        [made.expired, known, "has expired or is not valid yet", /^hint: .*clock/],
      ];
      for (const [tls, env, reason, hint] of rows) {
        const lines = await fails({ tls }, env);
        assertMatch(lines[0] ?? "", new RegExp(`: no answer from 127\\.0\\.0\\.1:\\d+: its certificate ${reason}`));
        assertMatch(lines[1] ?? "", hint);
      }
    },
  });
});

Deno.test({
  name: "a file without an end",
  ignore: skipUnless(Deno.build.os !== "windows", "Windows has neither /dev/zero nor named pipes"),
  fn: async (t) => {
    await using sts = await startSts();
    const folder = await Deno.makeTempDir({ prefix: "arar-endless-" });
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const uses = [
      ["--policy=@", ""],
      ["--web-identity-token-file=", ""],
      ["", "AWS_CONFIG_FILE"],
      ["", "AWS_SHARED_CREDENTIALS_FILE"],
      ["", "AWS_CA_BUNDLE"],
    ] as const;
    const ends = [["/dev/zero", "it is larger than 10 MB"], [pipe, "nobody writes to this pipe"]] as const;
    const cases = uses.flatMap(([option, variable]) =>
      ends.map(([path, reason]) =>
        t.step({
          ...AT_ONCE,
          name: `ends arar: ${option}${variable} ${reason}`,
          fn: async () => {
            const words = option ? [`${option}${path}`] : [];
            const env = { AWS_ENDPOINT_URL_STS: "https://127.0.0.1:2", ...variable && { [variable]: path } };
            const [message = ""] = failure(await job(sts, [...words, ...SHOW], env));
            assertStringIncludes(message, path);
            assertStringIncludes(message, reason);
          },
        })
      )
    );
    await Promise.all(cases);

    await t.step("is a pipe that somebody does write to: a policy of a process substitution", async () => {
      const policy = '{"Version":"2012-10-17","Statement":[]}';
      const result = await shellJob(sts, `exec bash -c '"$@" --policy=@<(sleep 0.1; printf %s "$POLICY")' - "$@"`, {
        POLICY: policy,
      });
      assertEquals([result.code, result.stderr], [0, ""]);
      assertEquals(sts.requests.at(-1)?.params.Policy, policy);
    });
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("--timeout", async (t) => {
  await t.step("limits all attempts together, also as ARAR_TIMEOUT", async () => {
    await using sts = await startSts({ faults: always({ kind: "hang" }) });
    for (const [words, env] of [[["--timeout=1s"], {}], [[], { ARAR_TIMEOUT: "1" }]] as const) {
      const [message = "", hint] = failure(await job(sts, [...words, ...SHOW], env));
      assertMatch(message, /: no answer from 127\.0\.0\.1:\d+ within 1 s$/);
      assertEquals(hint, "hint: check the network and the proxy, or try for longer with --timeout SECONDS");
    }
  });
});

Deno.test({
  name: "Ctrl-C",
  ignore: skipUnless(HAS_TERMINAL, "no python3 to make a terminal with"),
  fn: async (t) => {
    for (
      const [name, fault] of [["an answer", { kind: "hang" }], ["a pause between attempts", {
        kind: "throttle",
      }]] as const
    ) {
      await t.step(`ends arar at once while it waits for ${name}`, async () => {
        const file = `${await Deno.makeTempDir({ prefix: "arar-asked-" })}/asked`;
        await using sts = await startSts({
          faults: () => {
            Deno.writeTextFileSync(file, "");
            return fault;
          },
        });
        const words = [...ararWords(), "--timeout=600", "--", "echo", "started"];
        const env = { ...baseEnv(), ...jobEnv(sts, { AWS_MAX_ATTEMPTS: "20" }) };
        const session = await onTerminal(words, env, [{ see: "", file, type: "\x03" }]);
        await Deno.remove(dirname(file), { recursive: true });
        assertEquals(session, { code: 130, shown: "^C", restored: true });
        assertEquals(new Set(actions(sts)), new Set(["AssumeRole"]));
      });
    }
  },
});

/** A listener whose queue is full, so that the system leaves further connections unanswered. */
function fullListener(): Disposable & { readonly port: Promise<number> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const calls = Array.from({ length: 4 }, () => Deno.connect({ hostname: "127.0.0.1", port }));
  const some = Promise.all(calls.slice(0, 2)).then(() => port);
  return {
    port: some,
    [Symbol.dispose]() {
      listener.close();
      for (const call of calls) call.then((connection) => connection.close(), () => {});
    },
  };
}

async function fails(options: StsOptions, change: EnvChange = {}, timeout = HANG_SECONDS): Promise<readonly string[]> {
  await using sts = await startSts(options);
  return failure(await job(sts, [`--timeout=${timeout}`, ...SHOW], change));
}

async function succeeds(options: StsOptions, change: EnvChange = {}): Promise<void> {
  await using sts = await startSts(options);
  const result = await job(sts, QUIET, change);
  assertEquals([result.code, result.stderr], [0, ""]);
}
