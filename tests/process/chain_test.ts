/**
 * Role chaining: the order of calls, its limits, and roles that need not be assumed because the caller already has
 * them.
 */
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
import { failure, SHOW } from "./job.ts";
import { calls, run, shownEnv } from "./signers.ts";

const CHAIN = ["--role-arn", TERRAFORM_ROLE.arn, "--role-arn", CHAINED_ROLE.arn];

Deno.test("a chain of roles", async (t) => {
  await t.step(
    "is assumed in order, each role with the previous one's credentials; the command gets the last",
    async () => {
      await using sts = await startSts();
      const { code, stdout, stderr } = await run(sts, [...CHAIN, "--", ...SHOW], callerEnv(ALICE), {
        commandShowsSecrets: true,
      });
      assertEquals(code, 0, stderr);
      assertEquals(calls(sts), [
        ["AssumeRole", "alice", TERRAFORM_ROLE.arn],
        ["AssumeRole", "session", CHAINED_ROLE.arn],
      ]);
      const { AWS_ACCESS_KEY_ID: id = "" } = shownEnv(stdout);
      assertEquals(id.startsWith("ASIA") && id !== sts.requests[1]?.accessKeyId, true, "the last session's own key");
    },
  );

  await t.step("uses one session name, the user name, which is looked up once", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(sts, ["-u", ...CHAIN], callerEnv(USER_WITH_PATH));
    assertEquals(code, 0, stderr);
    assertEquals(calls(sts).map(([action]) => action), ["GetCallerIdentity", "AssumeRole", "AssumeRole"]);
    const [name] = USER_WITH_PATH.arn.split("/").slice(-1);
    assertEquals(sts.requests.map(({ params }) => params.RoleSessionName), [undefined, name, name]);
  });

  await t.step("uses one session name if it is generated, too", async () => {
    await using sts = await startSts();
    assertEquals((await run(sts, CHAIN, callerEnv(ALICE))).code, 0);
    assertEquals(new Set(sts.requests.map(({ params }) => params.RoleSessionName)).size, 1);
  });

  await t.step("crosses accounts", async () => {
    await using sts = await startSts();
    const words = ["--role-arn", TERRAFORM_ROLE.arn, "--role-arn", CROSS_ACCOUNT_ROLE.arn];
    const { code, stdout, stderr } = await run(sts, words, callerEnv(ALICE));
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, `arn:aws:sts::${OTHER_ACCOUNT}:assumed-role/cross-account-role/`);
  });

  await t.step("stops at the first role that STS refuses, and names it", async () => {
    await using sts = await startSts();
    const words = ["--role-arn", USER_NAME_ROLE.arn, ...CHAIN];
    const [message = ""] = failure(await run(sts, words, callerEnv(ALICE)));
    assertStringIncludes(message, USER_NAME_ROLE.arn);
    assertEquals(sts.requests.length, 1);
  });

  await t.step("refuses a role in another partition once -u has found the caller's", async () => {
    await using sts = await startSts();
    const china = TERRAFORM_ROLE.arn.replace("arn:aws:", "arn:aws-cn:");
    const [message] = failure(await run(sts, ["-u", "--role-arn", china], callerEnv(ALICE)));
    assertEquals(
      message,
      `caller "${ALICE.arn}" cannot assume role "${china}": a role cannot be assumed across partitions`,
    );
    assertEquals(calls(sts).map(([action]) => action), ["GetCallerIdentity"]);
  });

  await t.step("requests one hour at most, with a warning", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(sts, ["--duration-seconds=2h", ...CHAIN], callerEnv(ALICE));
    assertEquals(code, 0, stderr);
    assertEquals(sts.requests.map(({ params }) => params.DurationSeconds), [undefined, "3600"]);
    assertStringIncludes(stderr, "3600 s instead of 7200 s");
  });

  await t.step("may last longer if a user assumes a single role", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(
      sts,
      ["--duration-seconds=2h", "--role-arn", TERRAFORM_ROLE.arn],
      callerEnv(ALICE),
    );
    assertEquals(code, 0, stderr);
    assertEquals(sts.requests.map(({ params }) => params.DurationSeconds), ["7200"]);
    assertEquals(stderr.includes("instead of"), false);
  });
});

Deno.test("a role that the caller already has", async (t) => {
  const irsa = async (words: readonly string[], seconds?: number) => {
    const token = GITHUB.mint({ aud: "sts.amazonaws.com" });
    await using sts = await startSts(seconds === undefined ? {} : { sessionSeconds: seconds });
    const env = { JWT: token, AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn };
    const twice = ["--role-arn", WEB_IDENTITY_ROLE.arn, "--role-arn", WEB_IDENTITY_ROLE.arn];
    const result = await run(sts, ["-v", "--web-identity-token-env=JWT", ...twice, ...words], env, {
      secrets: () => [token],
    });
    return { ...result, calls: calls(sts) };
  };
  const once = [["AssumeRoleWithWebIdentity", "nobody", WEB_IDENTITY_ROLE.arn]] as const;

  await t.step("is not assumed again after a web identity, which -v reports", async () => {
    const { code, stderr, calls } = await irsa([]);
    assertEquals(code, 0, stderr);
    assertEquals(calls, [...once]);
    assertStringIncludes(stderr, "is already the caller, and is not assumed again");
  });

  const renewed: readonly (readonly [string, readonly string[], number?])[] = [
    ["a session name is requested", ["--role-session-name=other"]],
    ["tags are requested", ["--tag=Team=blue"]],
    ["a policy is requested", ["--policy={}"]],
    ["too little time is left", [], 600],
    ["more time is requested than is left", ["--duration-seconds=1h"], 1800],
  ];
  for (const [why, words, seconds] of renewed) {
    // STS refuses it, since its trust policy does not name the role itself; only the attempt matters here.
    await t.step(`is assumed again if ${why}`, async () => {
      const { calls } = await irsa(words, seconds);
      assertEquals(calls, [...once, ["AssumeRole", "session", WEB_IDENTITY_ROLE.arn]]);
    });
  }

  const RUNNER: Role = { ...TERRAFORM_ROLE, arn: `arn:aws:iam::${ACCOUNT}:role/team/runner-role` };
  const asRunner = async (env: Readonly<Record<string, string>>) => {
    await using sts = await startSts({ roles: [...SAMPLE_ROLES, RUNNER] });
    await run(sts, ["-u", "--role-arn", RUNNER.arn], { ...callerEnv(ROLE_SESSION), ...env });
    return calls(sts).map(([action]) => action);
  };
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

  await t.step("is not assumed again if -u finds that the caller is that role, with or without a path", async () => {
    assertEquals(await asRunner({ AWS_CREDENTIAL_EXPIRATION: inHours(1) }), ["GetCallerIdentity"]);
  });

  await t.step("is assumed again if the caller's session expires soon, or its expiration is unknown", async () => {
    const both = ["GetCallerIdentity", "AssumeRole"];
    assertEquals(await asRunner({}), both);
    assertEquals(await asRunner({ AWS_CREDENTIAL_EXPIRATION: "some day" }), both);
    assertEquals(await asRunner({ AWS_CREDENTIAL_EXPIRATION: inHours(0.1) }), both);
  });
});

Deno.test("--expect-account", async (t) => {
  await t.step("allows any of the accounts given", async () => {
    await using sts = await startSts();
    const words = ["--expect-account", OTHER_ACCOUNT, "--expect-account", ACCOUNT, "--role-arn", TERRAFORM_ROLE.arn];
    assertEquals((await run(sts, words, callerEnv(ALICE))).code, 0);
  });

  await t.step("stops before any call if the role is in another account", async () => {
    await using sts = await startSts();
    const words = ["--expect-account", OTHER_ACCOUNT, "--role-arn", TERRAFORM_ROLE.arn, "--", ...SHOW];
    const [message = ""] = failure(await run(sts, words, callerEnv(ALICE)));
    assertEquals(sts.requests.length, 0);
    assertStringIncludes(message, `is in account ${ACCOUNT}, --expect-account expects ${OTHER_ACCOUNT}`);
  });
});
