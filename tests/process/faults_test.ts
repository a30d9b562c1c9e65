/**
 * Faults between arar and STS. If arar cannot succeed, it ends in bounded time with one message and does not run the
 * command.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { AT_ONCE, HANG_SECONDS } from "../patience.ts";
import { always, type Fault, makeCertificates, startSts, type StsOptions } from "../sts_server.ts";
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
    ["a reset before the answer", { kind: "reset" }, broken],
    ["a reset in the middle of the answer", { kind: "resetMidBody" }, broken],
    ["a connection closed in the middle of the answer", { kind: "halfBody" }, broken],
    ["HTTP 500 with HTML", { kind: "html", status: 500 }, /^HTTP 500$/],
    ["HTTP 503 with HTML", { kind: "html", status: 503 }, /^HTTP 503$/],
    ["HTTP 200 with HTML", { kind: "html", status: 200 }, notSts],
    ["throttling", { kind: "throttle" }, /^Throttling: Rate exceeded$/],
    ["half of the XML", { kind: "truncated" }, notSts],
    ["not XML", { kind: "notXml" }, notSts],
    ["10 MB of text", { kind: "hugeText", bytes: 10_000_000 }, /its answer is too long$/],
    ["no credentials", { kind: "missing", elements: ["Credentials"] }, notSts],
    ["no session token", { kind: "missing", elements: ["SessionToken"] }, notSts],
    ["no expiration", { kind: "missing", elements: ["Expiration"] }, notSts],
    ["no identity", { kind: "missing", elements: ["AssumedRoleUser"] }, notSts],
  ];
}

Deno.test("an answer to -u without the caller's ARN", async (t) => {
  await t.step("ends arar before it assumes a role", async () => {
    await using sts = await startSts({ faults: always({ kind: "missing", elements: ["Arn"] }) });
    const [message = ""] = failure(await job(sts, ["-u", ...SHOW]));
    assertMatch(
      message,
      /^cannot get the caller identity of key \*{16}MPLE: 127\.0\.0\.1:\d+ did not answer like STS$/,
    );
    assertEquals(actions(sts), ["GetCallerIdentity"]);
  });
});

Deno.test("a temporary fault", async (t) => {
  const passing: readonly (readonly [string, readonly Fault[]])[] = [
    ["throttled twice", [{ kind: "throttle" }, { kind: "throttle" }]],
    ["HTTP 500, then 503", [{ kind: "html", status: 500 }, { kind: "html", status: 503 }]],
    ["reset", [{ kind: "reset" }]],
    ["reset in the middle", [{ kind: "resetMidBody" }]],
    ["closed in the middle", [{ kind: "halfBody" }]],
  ];
  await Promise.all(
    passing.map(([name, faults]) =>
      t.step({ ...AT_ONCE, name: `is retried: ${name}`, fn: async () => await succeeds({ faults }) })
    ),
  );
});

Deno.test("an unusual answer", async (t) => {
  await t.step("is accepted with a wrong content type", async () => {
    await succeeds({ faults: always({ kind: "contentType", contentType: "application/json" }) });
  });

  await t.step(
    "is accepted with entities, which are not expanded",
    async () => await succeeds({ faults: always({ kind: "entities" }) }),
  );

  await t.step("is accepted from an STS whose clock is an hour off", async () => {
    await succeeds({ clockOffsetSeconds: 3600 });
    await succeeds({ clockOffsetSeconds: -3600 });
    await succeeds({ clockOffsetSeconds: -3600, sessionSeconds: 900 });
  });
});

Deno.test("a failed connection", async (t) => {
  await t.step("is reported: refused", async () => {
    const [message = "", hint] = await fails({}, { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:2" });
    assertMatch(
      message,
      new RegExp(`^${RegExp.escape(TRIED)}no answer from 127.0.0.1:2: connection refused$`),
    );
    assertEquals(hint, "hint: check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)");
  });

  await t.step("is reported: no such host", async () => {
    const [message = ""] = await fails({}, { AWS_ENDPOINT_URL_STS: "https://sts.arar.invalid" }, 2);
    assertMatch(
      message.slice(TRIED.length),
      /^no answer from sts\.arar\.invalid(: its name cannot be resolved| within 2 s)$/,
    );
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
});

Deno.test({
  name: "an invalid certificate",
  ignore: skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with"),
  fn: async (t) => {
    await using _certificates = certificates;

    await t.step("ends arar at once: unknown authority, wrong host, expired", async () => {
      if (!certificates) return;
      const { caFile, valid, wrongHost, expired } = certificates;
      const known = { AWS_CA_BUNDLE: caFile };
      for (
        const [tls, env, reason] of [
          [valid, {}, "is signed by an unknown authority"],
          [wrongHost, known, "is for another host"],
          [expired, known, "has expired or is not valid yet"],
        ] as const
      ) {
        const [message = "", hint] = await fails({ tls }, env);
        assertMatch(message, /: no answer from 127\.0\.0\.1:\d+: its certificate /);
        assertStringIncludes(message, reason);
        assertMatch(hint ?? "", tls === expired ? /^hint: .*clock/ : /^hint: .*AWS_CA_BUNDLE/);
      }
    });
  },
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
    for (const [words, env] of [[["--timeout=1"], {}], [[], { ARAR_TIMEOUT: "1" }], [["--timeout=1s"], {}]] as const) {
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
