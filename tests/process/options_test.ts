/**
 * Options of the main job: what STS and the command receive.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ALICE, callerEnv, CROSS_ACCOUNT_ROLE, PARTITION_USERS, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { arar } from "../arar.ts";
import { actions, failure, job, lastAssumeRole, QUIET, show } from "./job.ts";

const OTHER = CROSS_ACCOUNT_ROLE.arn;

Deno.test("--role-arn", async (t) => {
  await t.step("overrides AWS_ROLE_ARN, and may be in any partition", async () => {
    await using sts = await startSts();
    const both = await job(sts, [`--role-arn=${OTHER}`, "--", ...QUIET]);
    assertEquals([both.code, both.stderr, lastAssumeRole(sts).RoleArn], [0, "", OTHER]);
    for (const user of PARTITION_USERS) {
      const arn = user.arn.replace("user/alice", "role/terraform-role");
      const result = await job(sts, ["--role-arn", arn, "-u"], { ...callerEnv(user), AWS_DEFAULT_REGION: undefined });
      assertMatch(
        result.stdout,
        new RegExp(`^${arn.replace(":iam:", ":sts:").replace("role/", "assumed-role/")}/alice until .*Z\n$`),
      );
      assertEquals(sts.requests.at(-1)?.region, DEFAULT_REGIONS[arn.split(":")[1] ?? ""]);
    }
  });
});

const DEFAULT_REGIONS: Readonly<Record<string, string>> = {
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
};

Deno.test("--region", async (t) => {
  const region = async (options: readonly string[], AWS_REGION?: string, AWS_DEFAULT_REGION?: string) => {
    await using sts = await startSts();
    const { env } = await show(sts, options, { AWS_REGION, AWS_DEFAULT_REGION });
    return [sts.requests[0]?.region, env.AWS_REGION, env.AWS_DEFAULT_REGION];
  };

  await t.step("sets both variables for the command; without it, only a missing one is set", async () => {
    assertEquals(await region(["--region=eu-west-1"], "us-east-2", "us-west-2"), [
      "eu-west-1",
      "eu-west-1",
      "eu-west-1",
    ]);
    assertEquals(await region([], "us-east-2", "us-west-2"), ["us-east-2", "us-east-2", "us-west-2"]);
    assertEquals(await region([], "us-east-2"), ["us-east-2", "us-east-2", "us-east-2"]);
    assertEquals(await region([], undefined, "us-west-2"), ["us-west-2", "us-west-2", "us-west-2"]);
    assertEquals(await region([], "", "us-west-2"), ["us-west-2", "us-west-2", "us-west-2"]);
    assertEquals(await region([]), ["us-east-1", undefined, undefined]);
  });
});

Deno.test("--verbose", async (t) => {
  await t.step("reports each decision and its origin, also as ARAR_VERBOSE", async () => {
    await using sts = await startSts();
    const flag = await job(sts, ["-v", "-u", "--duration-seconds=1h", "--", ...QUIET]);
    assertEquals(fields(flag.stderr), [...FIELDS]);
    assertStringIncludes(flag.stderr, "arar: source: key ****************MPLE (environment)\n");
    assertStringIncludes(flag.stderr, `arar: role: ${TERRAFORM_ROLE.arn} (AWS_ROLE_ARN)\n`);
    assertStringIncludes(flag.stderr, "arar: duration: 3600 s (--duration-seconds)\n");
    assertStringIncludes(flag.stderr, "arar: region: us-east-1 (AWS_DEFAULT_REGION)\n");
    assert(!flag.stderr.includes(ALICE.accessKeyId), "key IDs are masked");
    const exported = await job(sts, ["-u", "--duration-seconds=1h", "--", ...QUIET], { ARAR_VERBOSE: "1" });
    assertEquals(fields(exported.stderr), fields(flag.stderr));
    assertEquals((await job(sts, ["--", ...QUIET], { ARAR_VERBOSE: "0" })).stderr, "");
  });
});

/** In their order. */
const FIELDS = [
  ...["source", "role", "session name", "duration", "region", "endpoint"],
  ...["caller", "session name", "role", "environment"],
] as const;

function fields(stderr: string): readonly string[] {
  return stderr.trimEnd().split("\n").map((line) => /^arar: ([A-Za-z ]+): /.exec(line)?.[1] ?? line);
}

Deno.test("--help and --version", async (t) => {
  await t.step("print to stdout", async () => {
    const help = await arar(["--help"]);
    assertMatch(
      help.stdout,
      /^arar, "assume role and run".*\n\nUsage: arar \[options\] \[--\] command \[args\.\.\.\]\n/,
    );
    assertEquals([help.code, help.stderr], [0, ""]);
    assertEquals((await arar(["-h"])).stdout, help.stdout);
    const version = await arar(["--version"]);
    assertMatch(version.stdout, /^arar \d+\.\d+\.\d+ \(deno \d+\.\d+\.\d+, [\w-]+\)\n$/);
    assertEquals([version.code, version.stderr], [0, ""]);
  });
});

Deno.test("no command", async (t) => {
  await t.step("assumes the role as a check, and prints identity and expiration", async () => {
    await using sts = await startSts();
    const result = await job(sts, ["-u"]);
    assertMatch(
      result.stdout,
      /^arn:aws:sts::123456789012:assumed-role\/terraform-role\/alice until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.000)?Z\n$/,
    );
    assertEquals([result.code, result.stderr, actions(sts)], [0, "", ["GetCallerIdentity", "AssumeRole"]]);
    const asked = sts.requests.length;
    assertEquals(failure(await job(sts, ["-u", "--"])), [
      "no command after --; drop -- to only check the role (see arar --help)",
    ]);
    assertEquals(sts.requests.length, asked);
  });
});
