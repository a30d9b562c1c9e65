/**
 * What a run does without a role: it narrows the caller's own session, hands over a typed profile's, or gets one of the IAM
 * user. Each row of the matrix says what STS is asked, in order, or the message.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { arar } from "../arar.ts";
import {
  ALICE,
  ALICE_MFA,
  always,
  type Caller,
  callerEnv,
  ROLE_SESSION,
  startSts,
  type StsServer,
} from "../sts_server.ts";
import { actions, failure, SHOW, skipUnless } from "./job.ts";

const SESSION_ARN = ROLE_SESSION.arn;

function run(
  sts: StsServer,
  words: readonly string[],
  env: Readonly<Record<string, string>> = callerEnv(ROLE_SESSION),
) {
  return arar(words, {
    env: { ...env, AWS_ENDPOINT_URL_STS: sts.url, AWS_REGION: "us-east-1" },
    secrets: () => sts.secrets(),
    commandShowsSecrets: true,
  });
}

Deno.test("a session without a role", async (t) => {
  await t.step("is narrowed by a policy, and keeps its identity", async () => {
    await using sts = await startSts();
    const policy = '{"Version":"2012-10-17","Statement":[]}';
    const { code, stdout, stderr } = await run(sts, [`--policy=${policy}`, "-v", "--", ...SHOW]);
    assertEquals(code, 0, stderr);
    assertEquals(actions(sts), ["GetScopedCredentials"]);
    const { Policy, DurationSeconds, ScopedSessionDescription: description } = sts.requests[0]?.params ?? {};
    assertEquals([Policy, DurationSeconds], [policy, undefined]);
    // The session keeps its caller's name: nothing else tells the two apart in CloudTrail.
    assertEquals(description, SHOW[0]?.split(/[/\\]/).at(-1));
    const { env } = JSON.parse(stdout);
    assertMatch(env.AWS_ACCESS_KEY_ID, /^ASIA/);
    assertEquals(env.AWS_ACCESS_KEY_ID === ROLE_SESSION.accessKeyId, false);
    assertEquals(env.ARAR_SESSION_ARN, SESSION_ARN);
    assertStringIncludes(stderr, `arar: policy: ${policy} (--policy)\n`);
    assertStringIncludes(stderr, `arar: session: ${SESSION_ARN} until `);
  });

  await t.step("is shortened, and a check shows identity and expiration", async () => {
    await using sts = await startSts();
    const { code, stdout, stderr } = await run(sts, [], { ...callerEnv(ROLE_SESSION), ARAR_DURATION_SECONDS: "1m" });
    assertEquals([code, stderr, sts.requests[0]?.params.DurationSeconds], [0, "", "60"]);
    assertStringIncludes(stdout, `${SESSION_ARN} until `);
  });

  await t.step("works with --print, --expect-account and --dry-run", async () => {
    await using sts = await startSts();
    const printed = await run(sts, ["--policy={}", "--print=process"]);
    assertMatch(JSON.parse(printed.stdout).AccessKeyId, /^ASIA/);
    const account = SESSION_ARN.split(":")[4] ?? "";
    assertEquals((await run(sts, ["--policy={}", "--expect-account", account])).code, 0);
    assertEquals(failure(await run(sts, ["--policy={}", "--expect-account=999999999999", "--", ...SHOW])), [
      `session "${SESSION_ARN}" is in account ${account}, --expect-account expects 999999999999; nothing was run`,
    ]);
    const asked = sts.requests.length;
    const plan = await run(sts, ["--policy={}", "--duration-seconds=5m", "--dry-run", "--", "./agent"]);
    assertStringIncludes(plan.stdout, "policy: {} (--policy)\nduration: 300 s (--duration-seconds)\n");
    assertEquals(sts.requests.length, asked);
  });

  await t.step({
    name: "works with --exec",
    ignore: skipUnless(Deno.build.os !== "windows", "Windows cannot replace a process"),
    fn: async () => {
      await using sts = await startSts();
      const { code, stdout } = await run(sts, ["--policy={}", "--exec", "--", ...SHOW]);
      assertEquals([code, JSON.parse(stdout).env.ARAR_SESSION_ARN], [0, SESSION_ARN]);
    },
  });

  await t.step("works with --refresh", async () => {
    await using sts = await startSts();
    const { code, stdout, stderr } = await run(sts, ["--policy={}", "--refresh", "--", ...SHOW]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(JSON.parse(stdout).env.AWS_CONTAINER_CREDENTIALS_FULL_URI, /^http:\/\/127\.0\.0\.1:/);
  });

  await t.step("may be refused by STS", async () => {
    const refusal = { kind: "error", code: "MalformedPolicyDocument", message: "Syntax errors", status: 400 } as const;
    await using sts = await startSts({ faults: always(refusal) });
    assertEquals(failure(await run(sts, ['--policy={"x":1}'])), [
      "cannot narrow the session of key ****************MPLE: MalformedPolicyDocumentException: Syntax errors",
      "hint: fix the session policy given with --policy",
    ]);
  });
});

const PROFILES = `[profile sso]
credential_process = cat SESSION
[profile forever]
credential_process = cat FOREVER
[profile user]
aws_access_key_id = ${ALICE.accessKeyId}
aws_secret_access_key = ${ALICE.secretAccessKey}
`;

/** What a program prints for a profile. */
function processOutput({ accessKeyId, secretAccessKey, sessionToken }: Caller, expiration?: string): string {
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken };
  return JSON.stringify({ Version: 1, ...keys, Expiration: expiration });
}

Deno.test({
  name: "source x what is asked for x typed or exported",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "arar-without-role-" });
    await using sts = await startSts();
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await Deno.writeTextFile(`${folder}/session`, processOutput(ROLE_SESSION, later));
    await Deno.writeTextFile(`${folder}/forever`, processOutput(ROLE_SESSION));
    const config = PROFILES.replace("SESSION", `${folder}/session`).replace("FOREVER", `${folder}/forever`);
    await Deno.writeTextFile(`${folder}/config`, config);
    const files = { AWS_CONFIG_FILE: `${folder}/config`, AWS_SHARED_CREDENTIALS_FILE: `${folder}/none` };
    const user = { ...callerEnv(ALICE), ...files };
    const own = "GetCallerIdentity";
    const [session, scoped] = ["GetCallerIdentity, GetSessionToken", "GetScopedCredentials"];
    const mfa = ["--serial-number", ALICE_MFA.serial, "--token-code"];
    const noRole = "no role is named by --role-arn";
    const rows: readonly (readonly [readonly string[], Readonly<Record<string, string>>, string])[] = [
      [["--profile=sso"], user, own],
      [["--profile=sso", "--policy={}"], user, scoped],
      [["--profile=sso", "--duration-seconds=60"], user, scoped],
      [["--profile=forever"], files, own],
      [["--profile=user"], files, noRole],
      [["--profile=user", "--duration-seconds=15m"], files, session],
      [[], { ...files, AWS_PROFILE: "sso" }, noRole],
      [["--policy={}"], { ...files, AWS_PROFILE: "sso" }, scoped],
      [[], user, noRole],
      [[], { ...user, ARAR_POLICY: "{}", ARAR_DURATION_SECONDS: "900" }, noRole],
      [["--policy={}"], user, `${session}, ${scoped}`],
      [["--duration-seconds=900"], user, session],
      [["--duration-seconds=900", "--policy={}"], user, `${session}, ${scoped}`],
      [[...mfa, ALICE_MFA.codes[0] ?? ""], user, session],
      [[...mfa, ALICE_MFA.codes[1] ?? "", "--policy={}"], user, `${session}, ${scoped}`],
      [[...mfa, "000000"], user, "cannot get a session of the IAM user of key ****************MPLE: AccessDenied"],
      [["--policy-arn=arn:aws:iam::aws:policy/A", "--policy={}"], user, "--policy-arn requires a role"],
    ];
    for (const [words, env, expected] of rows) {
      const exported = Object.keys(env).filter((name) => /^ARAR|PROFILE/.test(name)).map((name) => `${name} `).join("");
      await t.step(`${exported}${words.join(" ") || "nothing typed"}: ${expected}`, async () => {
        const before = sts.requests.length;
        const { code, stdout, stderr } = await run(sts, [...words, "--", ...SHOW], env);
        const asked = actions(sts).slice(before).join(", ");
        if (code === 0) {
          assertEquals(asked, expected);
          const { env: { AWS_ACCESS_KEY_ID: id, ARAR_SESSION_ARN: arn, AWS_PROFILE: profile } } = JSON.parse(stdout);
          assertMatch(id, /^ASIA/);
          assertEquals([arn, profile], [
            words.includes("--profile=user") || env === user && !words[0]?.startsWith("--profile")
              ? ALICE.arn
              : SESSION_ARN,
            undefined,
          ]);
        } else {
          assertEquals(code, 125, stderr);
          assertStringIncludes(stderr, `arar: ${expected}`);
          if (!expected.startsWith("cannot")) assertEquals(asked, "");
          else assertStringIncludes(stderr, "each code works once");
        }
      });
    }

    await t.step("a handed-over session has the account guard, --print, --exec and --refresh", async () => {
      const typed = (...words: readonly string[]) => run(sts, ["--profile=sso", ...words], files);
      assertMatch(failure(await typed("--expect-account=999999999999", "--", ...SHOW))[0] ?? "", /nothing was run$/);
      assertEquals(JSON.parse((await typed("--print=process")).stdout).AccessKeyId, ROLE_SESSION.accessKeyId);
      assertEquals(JSON.parse((await typed("--exec", "--", ...SHOW)).stdout).env.ARAR_SESSION_ARN, SESSION_ARN);
      const served = JSON.parse((await typed("--refresh", "--", ...SHOW)).stdout).env;
      assertMatch(served.AWS_CONTAINER_CREDENTIALS_FULL_URI, /^http:/);
      assertStringIncludes((await typed("--dry-run")).stdout, "session: the source's own, handed over as it is");
    });

    await t.step("without a known end it is handed over, but not renewed", async () => {
      const forever = (...words: readonly string[]) => run(sts, ["--profile=forever", ...words], files);
      const { stdout } = await forever("--", ...SHOW);
      assertEquals(JSON.parse(stdout).env.AWS_CREDENTIAL_EXPIRATION, undefined);
      assertStringIncludes((await forever()).stdout, `${SESSION_ARN} until an unknown time`);
      assertMatch(failure(await forever("--refresh", "--", ...SHOW))[0] ?? "", /^--refresh cannot renew session /);
    });

    await t.step("one MFA code serves many narrowed commands with --cache", async () => {
      const env = { ...user, XDG_CACHE_HOME: folder, HOME: folder };
      const before = sts.requests.length;
      for (const policy of ['{"Statement":[]}', '{"Id":"2"}']) {
        const words = ["--cache", ...mfa, ALICE_MFA.codes[2] ?? "", `--policy=${policy}`, "--", ...SHOW];
        const { code, stderr } = await run(sts, words, env);
        assertEquals(code, 0, stderr);
      }
      assertEquals(actions(sts).slice(before).join(", "), `${session}, ${scoped}, ${scoped}`);
    });
    await Deno.remove(folder, { recursive: true });
  },
});
