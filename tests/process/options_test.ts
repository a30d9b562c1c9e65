/**
 * What STS and the command receive of what is typed or exported. The rules are in `tests/settings` and
 * `tests/precedence_test.ts`; here is that they reach the real program.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { arar } from "../arar.ts";
import {
  ALICE,
  callerEnv,
  CROSS_ACCOUNT_ROLE,
  EXTERNAL_ID,
  GITHUB,
  PARTITION_USERS,
  startSts,
  TERRAFORM_ROLE,
  USER_NAME_ROLE,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { actions, type EnvChange, failure, job, lastAssumeRole, QUIET, SHOW, show } from "./job.ts";

const POLICY = '{\n  "Version": "2012-10-17",\n  "Statement": [{"Sid": "ÄÖ é", "Effect": "Allow", "Action": "*"}]\n}\n';
const READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

Deno.test("AssumeRole receives", async (t) => {
  const all = {
    ...{ RoleSessionName: "ci", DurationSeconds: "5400", ExternalId: EXTERNAL_ID, SourceIdentity: "alice" },
    ...{ Policy: POLICY, "PolicyArns.member.1.arn": READ_ONLY, "PolicyArns.member.2.arn": `${READ_ONLY}/b` },
    ...{ "Tags.member.1.Key": "Team", "Tags.member.1.Value": "blau/grün @1" },
    ...{ "Tags.member.2.Key": "Equation", "Tags.member.2.Value": "a=b", "TransitiveTagKeys.member.1": "Team" },
  };
  const typed = [
    ...["--role-session-name=ci", "--duration-seconds", "1h30m", "--external-id", EXTERNAL_ID],
    ...["--source-identity=alice", "--policy-arn", "ReadOnlyAccess", `--policy-arn=${READ_ONLY}/b`],
    ...["--tag", "Team=blau/grün @1", "--tag=Equation=a=b", "--transitive-tag-key", "Team"],
  ];
  const exported = {
    ...{ AWS_ROLE_SESSION_NAME: "ci", ARAR_DURATION_SECONDS: "5400", ARAR_EXTERNAL_ID: EXTERNAL_ID },
    ...{ ARAR_SOURCE_IDENTITY: "alice", ARAR_POLICY: POLICY, ARAR_POLICY_ARN: `${READ_ONLY},${READ_ONLY}/b` },
    ...{ ARAR_TAG: "Team=blau/grün @1,Equation=a=b", ARAR_TRANSITIVE_TAG_KEY: "Team" },
  };
  const file = await Deno.makeTempFile({ prefix: "arar-policy-" });
  await Deno.writeTextFile(file, POLICY);
  const rows: readonly (readonly [what: string, readonly string[], EnvChange, Readonly<Record<string, string>>])[] = [
    ["nothing else by default", ["--role-session-name=ci"], {}, { RoleSessionName: "ci" }],
    ["what is typed", [...typed, "--policy", POLICY], {}, all],
    ["a policy in a file, byte for byte", [...typed, "--policy", `@${file}`], {}, all],
    ["what is exported", [], exported, all],
  ];
  for (const [what, args, env, expected] of rows) {
    await t.step(what, async () => {
      await using sts = await startSts();
      const { code, stderr } = await job(sts, args, env);
      assertEquals([code, stderr], [0, ""]);
      const { Action: _action, Version: _version, RoleArn, ...params } = lastAssumeRole(sts);
      assertEquals([RoleArn, params], [TERRAFORM_ROLE.arn, expected]);
    });
  }
  await Deno.remove(file);

  await t.step("nothing if a value is invalid or only a name", async () => {
    await using sts = await startSts();
    const rows: readonly (readonly [word: string, message: string])[] = [
      ["--role-arn=deploy", '--role-arn is "deploy", which is a name, not an ARN'],
      ["--duration-seconds=899", '--duration-seconds is "899"; expected 900 to 43200'],
      ["--policy={nope}", "--policy is not JSON (line 1 column 2)"],
      ["--policy=@nowhere.json", '--policy: no such file "nowhere.json"'],
      ["--transitive-tag-key=Team", "but no --tag has that key"],
    ];
    for (const [word, message] of rows) {
      assertStringIncludes(failure(await job(sts, [word, ...SHOW]))[0] ?? "", message);
    }
    assertEquals(sts.requests.length, 0);
  });

  await t.step("with a web identity, also a policy; -v reports the size of the session token", async () => {
    await using sts = await startSts();
    const env = { CI_TOKEN: GITHUB.mint({ aud: "sts.amazonaws.com" }), AWS_ENDPOINT_URL_STS: sts.url };
    const words = ["-v", "--web-identity-token-env=CI_TOKEN", "--role-arn", WEB_IDENTITY_ROLE.arn];
    const policies = ["--policy={}", `--policy-arn=${READ_ONLY}`];
    const { code, stderr } = await arar([...words, ...policies], {
      env,
      secrets: () => [...sts.secrets(), env.CI_TOKEN],
    });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "token size: ");
    const [{ action, accessKeyId, params } = {}] = sts.requests;
    assertEquals([action, accessKeyId], ["AssumeRoleWithWebIdentity", undefined]);
    assertEquals([params?.Policy, params?.["PolicyArns.member.1.arn"]], ["{}", READ_ONLY]);
  });
});

Deno.test("--role-arn", async (t) => {
  await t.step("overrides AWS_ROLE_ARN, and may be in any partition", async () => {
    await using sts = await startSts();
    await job(sts, [`--role-arn=${CROSS_ACCOUNT_ROLE.arn}`, "--", ...QUIET]);
    assertEquals(lastAssumeRole(sts).RoleArn, CROSS_ACCOUNT_ROLE.arn);
    for (const user of PARTITION_USERS) {
      const arn = user.arn.replace("user/alice", "role/terraform-role");
      const { stdout } = await job(sts, ["--role-arn", arn, "-u"], callerEnv(user));
      assertStringIncludes(stdout, `${arn.replace(":iam:", ":sts:").replace("role/", "assumed-role/")}/alice until `);
    }
  });
});

Deno.test("--username-session", async (t) => {
  await t.step("makes one more call, for a trust policy that requires the user name; the hint names it", async () => {
    await using sts = await startSts();
    const role = { AWS_ROLE_ARN: USER_NAME_ROLE.arn };
    assertEquals((await job(sts, ["-u", ...QUIET], role)).code, 0);
    assertEquals([actions(sts), lastAssumeRole(sts).RoleSessionName], [["GetCallerIdentity", "AssumeRole"], "alice"]);
    assertStringIncludes(failure(await job(sts, SHOW, role)).join("\n"), "the user name as the session name: use -u");
  });
});

Deno.test("--region", async (t) => {
  await t.step("is what STS is signed for, and both variables of the command", async () => {
    await using sts = await startSts();
    const { env } = await show(sts, ["--region=eu-west-1"], { AWS_REGION: "us-east-2" });
    const regions = [sts.requests[0]?.region, env.AWS_REGION, env.AWS_DEFAULT_REGION];
    assertEquals(regions, ["eu-west-1", "eu-west-1", "eu-west-1"]);
  });
});

Deno.test("--verbose", async (t) => {
  await t.step("reports each decision and its origin, also as ARAR_VERBOSE", async () => {
    await using sts = await startSts();
    const flag = await job(sts, ["-v", "-u", "--duration-seconds=1h", "--", ...QUIET]);
    assertStringIncludes(flag.stderr, "arar: source: key ****************MPLE (environment)\n");
    assertStringIncludes(flag.stderr, `arar: role: ${TERRAFORM_ROLE.arn} (AWS_ROLE_ARN)\n`);
    assertStringIncludes(flag.stderr, "arar: duration: 3600 s (--duration-seconds)\n");
    assert(!flag.stderr.includes(ALICE.accessKeyId), "key IDs are masked");
    const fields = (text: string) => [
      ...new Set(text.replaceAll(/^arar: ([A-Za-z ]+): .*$/gm, "$1").trimEnd().split("\n")),
    ];
    const expected = ["source", "role", "session name", "duration", "region", "endpoint", "caller", "environment"];
    assertEquals(fields(flag.stderr), expected);
    const exported = await job(sts, ["-u", "--duration-seconds=1h", "--", ...QUIET], { ARAR_VERBOSE: "1" });
    assertEquals(fields(exported.stderr), expected);
    assertEquals((await job(sts, ["--", ...QUIET], { ARAR_VERBOSE: "0" })).stderr, "");
  });
});

Deno.test("STS receives the name of the application in the header that CloudTrail shows", async () => {
  await using sts = await startSts();
  assertEquals((await job(sts, ["--", ...QUIET], { AWS_SDK_UA_APP_ID: "nightly-build" })).code, 0);
  assertMatch(sts.requests[0]?.headers["user-agent"] ?? "", /^aws-sdk-js\/\S+ .*app\/nightly-build.* arar\/\d/);
});

Deno.test("without a command", async (t) => {
  await t.step("--help and --version print to stdout", async () => {
    const help = await arar(["--help"]);
    assertMatch(
      help.stdout,
      /^arar, "assume role and run".*\n\nUsage: arar \[options\] \[--\] command \[args\.\.\.\]\n/,
    );
    assertEquals([help.code, help.stderr, (await arar(["-h"])).stdout], [0, "", help.stdout]);
    const version = await arar(["--version"]);
    assertMatch(version.stdout, /^arar \d+\.\d+\.\d+ \(deno \d+\.\d+\.\d+, [\w-]+\)\n$/);
    assertEquals([version.code, version.stderr], [0, ""]);
  });

  await t.step("the role is assumed as a check, and identity and expiration are printed", async () => {
    await using sts = await startSts();
    const { code, stdout, stderr } = await job(sts, ["-u"]);
    const arn = "arn:aws:sts::123456789012:assumed-role/terraform-role/alice";
    assertMatch(stdout, new RegExp(`^${arn} until \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\n$`));
    assertEquals([code, stderr], [0, ""]);
  });
});
