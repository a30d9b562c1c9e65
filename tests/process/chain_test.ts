/** Several roles, and what a run without MFA or errors does along them; the rules are in `tests/aws/assume_test.ts`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  ACCOUNT,
  ALICE,
  callerEnv,
  CHAINED_ROLE,
  CROSS_ACCOUNT_ROLE,
  GITHUB,
  OTHER_ACCOUNT,
  type Role,
  ROLE_SESSION,
  SAMPLE_ROLES,
  startSts,
  TERRAFORM_ROLE,
  USER_NAME_ROLE,
  USER_WITH_PATH,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { actions, failure, SHOW } from "./job.ts";
import { calls, run, shownEnv } from "./signers.ts";

const CHAIN = ["--role-arn", TERRAFORM_ROLE.arn, "--role-arn", CHAINED_ROLE.arn];

Deno.test("a chain of roles", async (t) => {
  await t.step("is assumed in order, with one session name, and the command gets the last", async () => {
    await using sts = await startSts();
    const words = ["-u", "--duration-seconds=2h", ...CHAIN, "--", ...SHOW];
    const { code, stdout, stderr } = await run(sts, words, callerEnv(USER_WITH_PATH), { commandShowsSecrets: true });
    assertEquals(code, 0, stderr);
    assertEquals(calls(sts), [
      ["GetCallerIdentity", "div/team/bob", undefined],
      ["AssumeRole", "div/team/bob", TERRAFORM_ROLE.arn],
      ["AssumeRole", "session", CHAINED_ROLE.arn],
    ]);
    const names = sts.requests.map(({ params }) => [params.RoleSessionName, params.DurationSeconds]);
    assertEquals(names, [[undefined, undefined], ["bob", undefined], ["bob", "3600"]]);
    assertStringIncludes(stderr, "3600 s instead of 7200 s");
    const { AWS_ACCESS_KEY_ID: id = "" } = shownEnv(stdout);
    assertEquals(id.startsWith("ASIA") && id !== sts.requests[2]?.accessKeyId, true, "the last session's own key");
  });

  await t.step("may cross accounts, and --expect-account checks the last, before any call", async () => {
    await using sts = await startSts();
    const roles = ["--role-arn", TERRAFORM_ROLE.arn, "--role-arn", CROSS_ACCOUNT_ROLE.arn];
    const guard = ["--expect-account", "999999999999", "--expect-account"];
    const { code, stdout } = await run(sts, [...guard, OTHER_ACCOUNT, ...roles], callerEnv(ALICE));
    assertEquals([code, stdout.startsWith(`arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/cross-account-role/`)], [
      0,
      true,
    ]);
    const [message = ""] = failure(await run(sts, [...guard, ACCOUNT, ...roles, "--", ...SHOW], callerEnv(ALICE)));
    assertStringIncludes(message, `is in account ${OTHER_ACCOUNT}, --expect-account expects 999999999999`);
    assertEquals(sts.requests.length, 2);
  });

  await t.step("stops at the first role that STS refuses, and names it", async () => {
    await using sts = await startSts();
    const words = ["--role-arn", USER_NAME_ROLE.arn, ...CHAIN];
    assertStringIncludes(failure(await run(sts, words, callerEnv(ALICE)))[0] ?? "", USER_NAME_ROLE.arn);
    assertEquals(sts.requests.length, 1);
  });

  await t.step("stays in one partition, once -u has found the caller's", async () => {
    await using sts = await startSts();
    const china = TERRAFORM_ROLE.arn.replace("arn:aws:", "arn:aws-cn:");
    assertEquals(
      failure(await run(sts, ["-u", "--role-arn", china], callerEnv(ALICE)))[0],
      [
        `caller "${ALICE.arn}" cannot assume role "${china}": a role cannot be assumed across partitions`,
      ].join(),
    );
    assertEquals(actions(sts), ["GetCallerIdentity"]);
  });
});

Deno.test("a role that the caller already has", async (t) => {
  const [once, again] = [["AssumeRoleWithWebIdentity"], ["AssumeRoleWithWebIdentity", "AssumeRole"]];
  const rows: readonly (readonly [string, readonly string[], readonly string[], seconds?: number])[] = [
    ["is not assumed again, which -v reports", [], once],
    ["is assumed again for another session name", ["--role-session-name=other"], again],
    ["is assumed again for tags", ["--tag=Team=blue"], again],
    ["is assumed again for a policy", ["--policy={}"], again],
    ["is assumed again if too little time is left", [], again, 600],
    ["is assumed again for more time than is left", ["--duration-seconds=1h"], again, 1800],
  ];
  for (const [what, more, expected, seconds] of rows) {
    // STS refuses the second call, since its trust policy does not name the role itself; only the attempt matters here.
    await t.step(`${what}, after a web identity`, async () => {
      await using sts = await startSts(seconds === undefined ? {} : { sessionSeconds: seconds });
      const env = { JWT: GITHUB.mint({ aud: "sts.amazonaws.com" }), AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn };
      const twice = ["--role-arn", WEB_IDENTITY_ROLE.arn, "--role-arn", WEB_IDENTITY_ROLE.arn];
      const words = ["-v", "--web-identity-token-env=JWT", ...twice, ...more];
      const { stderr } = await run(sts, words, env, { secrets: () => [env.JWT] });
      assertEquals(actions(sts), expected, stderr);
      assertEquals(stderr.includes("is already the caller, and is not assumed again"), expected === once);
    });
  }

  await t.step("is not assumed again if -u finds the role, with or without a path, unless it may expire", async () => {
    const RUNNER: Role = { ...TERRAFORM_ROLE, arn: `arn:aws:iam::${ACCOUNT}:role/team/runner-role` };
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    for (const [end, count] of [[inHours(1), 1], [inHours(0.1), 2], ["some day", 2], ["", 2]] as const) {
      await using sts = await startSts({ roles: [...SAMPLE_ROLES, RUNNER] });
      const env = { ...callerEnv(ROLE_SESSION), AWS_CREDENTIAL_EXPIRATION: end };
      await run(sts, ["-u", "--role-arn", RUNNER.arn], env);
      assertEquals(sts.requests.length, count, end);
    }
  });
});
