/**
 * Without a role, arar narrows the caller's own session: in a run, with `--refresh`, `--print` and `--dry-run`.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { arar } from "../arar.ts";
import { ALICE, always, callerEnv, ROLE_SESSION, startSts, type StsServer } from "../sts_server.ts";
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
    assertEquals([sts.requests[0]?.params.Policy, sts.requests[0]?.params.DurationSeconds], [policy, undefined]);
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

  await t.step("must be temporary, which is checked before any call", async () => {
    await using sts = await startSts();
    assertEquals(failure(await run(sts, ["--policy={}"], callerEnv(ALICE))), [
      "--policy cannot narrow long-lived keys without a role",
      "hint: name one with --role-arn or AWS_ROLE_ARN",
    ]);
    assertEquals(sts.requests.length, 0);
  });
});
