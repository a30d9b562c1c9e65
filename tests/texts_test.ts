/**
 * Snapshots of what users read. `deno task test tests/texts_test.ts -- --update` writes the new ones.
 */
import { assertEquals } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import { run } from "../lib/run.ts";
import { token } from "./aws/tokens.ts";
import { connectionTo, fakeSts } from "./fake_sts.ts";
import { type FakeOptions, fakeSystem } from "./fake_system.ts";
import { ALICE, callerEnv, TERRAFORM_ROLE } from "./sts_server.ts";

const JOB = { ...callerEnv(ALICE), AWS_ROLE_ARN: TERRAFORM_ROLE.arn, AWS_MAX_ATTEMPTS: "1" };

/** A command line, without `arar`, and how it differs from a job that exports alice's keys and a role. */
interface Line extends Pick<FakeOptions, "connect" | "files" | "missing" | "now" | "spawnError"> {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a terminal shows for these command lines. */
async function transcript(lines: readonly Line[]): Promise<string> {
  const shown: string[] = [];
  for (const { words, env, ...options } of lines) {
    const fake = fakeSystem({ ...options, args: words, env: { ...JOB, ...env } });
    const code = await run(fake.system);
    const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${word(value)}`);
    const text = `${fake.stdout()}${fake.stderr()}`.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME").trimEnd();
    // It would wrap on any terminal.
    assertEquals(text.split("\n").filter((line) => line.length > 160), []);
    shown.push(
      [["$", ...variables, "arar", ...words.map(word)].join(" "), text, ...code === 0 ? [] : [`(${code})`]].join("\n"),
    );
  }
  return shown.join("\n\n");
}

function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Keeps line breaks, so that `deno test` shows readable differences. */
const AS_IS = { serializer: (text: string) => text };

const PROFILES = `[default]
region = eu-west-1

[profile base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY

[profile deploy]
role_arn = arn:aws:iam::123456789012:role/first
source_profile = base
external_id = partner
duration_seconds = 1800

[profile circle]
role_arn = arn:aws:iam::123456789012:role/first
source_profile = circle
`;
const PROFILE = {
  files: { "/config": PROFILES },
  env: { AWS_CONFIG_FILE: "/config", AWS_SHARED_CREDENTIALS_FILE: "/none" },
};

/** As many profiles, with names as long, as IAM Identity Center gives people. */
const MANY_PROFILES = {
  files: {
    "/config": ["production", "staging", "development"].flatMap((stage) =>
      ["administrator", "developer", "auditor", "billing"].map((name) => `[profile platform-${stage}-${name}]\n`)
    ).join(""),
  },
  env: { AWS_CONFIG_FILE: "/config", AWS_SHARED_CREDENTIALS_FILE: "/none" },
};

/** Nothing that could be run. */
const NO_PROGRAM = {
  spawnError: Object.assign(new Error("no such file"), { code: "ENOENT" }),
  connect: fakeSts().connect,
  now: Date.now(),
};

/** The claims of a job of GitLab. */
const GITLAB_JOB = {
  iss: "https://gitlab.com",
  aud: "sts.amazonaws.com",
  sub: "project_path:platform-engineering/infrastructure-live:ref_type:branch:ref:feature/raise-limits",
  "project_path": "platform-engineering/infrastructure-live",
};

/** STS refuses every call. */
function refusing(code: string, message: string, status = 400): Pick<Line, "connect"> {
  const text = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>` +
    `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
  const headers = { "content-type": "text/xml" };
  return { connect: () => connectionTo(() => ({ status, headers, body: text })) };
}

Deno.test("arar says", async (t) => {
  await t.step("how it is used", async (t) => {
    await assertSnapshot(t, await transcript([{ words: ["--help"] }]), AS_IS);
  });

  await t.step("what is wrong with a command line", async (t) => {
    const lines = [
      ["--rol-arn", "x", "--", "true"],
      ["-x", "true"],
      ["--role-arn"],
      ["--role-arn="],
      ["--verbose=yes"],
      ["--region", "--", "true"],
      ["--region=a", "--region=b"],
      ["--"],
      ["--duration-seconds=10", "true"],
      ["--tag=team", "true"],
      ["--print=yaml"],
      ["--print=json", "--", "true"],
      ["--exec", "--refresh", "true"],
      ["-u", "--role-session-name=me", "true"],
      ["--policy=@missing.json", "true"],
      ["--expect-account=999999999999", "true"],
    ];
    const unknown = { words: ["true"], env: { ARAR_EXPECTED_ACCOUNT: "123456789012" } };
    await assertSnapshot(t, await transcript([...lines.map((words) => ({ words })), unknown]), AS_IS);
  });

  await t.step("what it would do", async (t) => {
    const lines: readonly Line[] = [
      { words: ["-uv", "--dry-run", "--", "terraform", "plan"] },
      {
        words: ["--dry-run", "--policy-arn=arn:aws:iam::aws:policy/ReadOnlyAccess", "--tag=team=web"],
        env: { AWS_DEFAULT_REGION: "eu-west-1", ARAR_TIMEOUT: "1m" },
      },
      { words: ["--profile=deploy", "--refresh", "--dry-run", "--", "aws", "s3", "ls"], ...PROFILE },
      { words: ["--profile=deploy", `--role-arn=${TERRAFORM_ROLE.arn}`, "--cache", "--dry-run"], ...PROFILE },
    ];
    await assertSnapshot(t, await transcript(lines), AS_IS);
  });

  await t.step("what is wrong with a profile", async (t) => {
    const lines = ["circle", "deplyo", "default"].map((name) => ({ words: [`--profile=${name}`, "true"], ...PROFILE }));
    await assertSnapshot(t, await transcript(lines), AS_IS);
  });

  await t.step("what it does, with -v", async (t) => {
    const { connect } = fakeSts();
    const lines = [["-uv", "--", "true"], ["-v", "--role-session-name=me"]].map((words) => ({
      words,
      connect,
      now: Date.now(),
    }));
    await assertSnapshot(t, await transcript(lines), AS_IS);
  });

  await t.step("why STS refused", async (t) => {
    const denied =
      "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:AssumeRole on resource: " +
      TERRAFORM_ROLE.arn;
    const refusals = [
      refusing("AccessDenied", denied, 403),
      refusing("ExpiredToken", "The security token included in the request is expired", 403),
      refusing("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
      refusing(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided.",
        403,
      ),
      refusing("RegionDisabledException", "STS is not activated in this region for account:123456789012", 403),
      refusing("PackedPolicyTooLarge", "Packed policy consumes 110% of allotted space"),
      refusing("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role"),
      refusing("Throttling", "Rate exceeded"),
    ];
    await assertSnapshot(
      t,
      await transcript(refusals.map((one) => ({ words: ["--role-session-name=me", "true"], ...one }))),
      AS_IS,
    );
  });

  await t.step("what people meet most, with names as long as theirs", async () => {
    const roleArn = "arn:aws:iam::123456789012:role/github-actions/production-terraform-deploy-role";
    const session =
      "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/alice@example.com";
    const name = ["--role-arn", roleArn, "--role-session-name=me"];
    const isDenied = (action: string, why: string) =>
      refusing(
        "AccessDenied",
        `User: ${session} is not authorized to perform: ${action} on resource: ${roleArn}${why}`,
        403,
      );
    const because = (policy: string, action = "sts:AssumeRole") =>
      ` because no ${policy} policy allows the ${action} action`;
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_ROLE_ARN: "" };
    const github = { GITHUB_ACTIONS: "true", AWS_ROLE_ARN: roleArn };
    const gitlab = { GITLAB_CI: "true", STS_AMAZONAWS_COM_ID_TOKEN: token(GITLAB_JOB), AWS_ROLE_ARN: roleArn };
    const lines: readonly Line[] = [
      { words: [...name, "true"], ...isDenied("sts:AssumeRole", "") },
      { words: [...name, "true"], ...isDenied("sts:AssumeRole", because("identity-based")) },
      { words: [...name, "true"], ...isDenied("sts:AssumeRole", because("resource-based")) },
      {
        words: [...name, "--tag=team=web", "true"],
        ...isDenied("sts:TagSession", because("resource-based", "sts:TagSession")),
      },
      {
        words: ["--oidc", "true"],
        env: { ...none, ...gitlab },
        ...refusing("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403),
      },
      { words: ["--oidc", "--dry-run", "true"], env: { ...none, ...gitlab } },
      { words: ["--oidc", "true"], env: { ...none, ...github } },
      { words: ["--oidc", "true"], env: { ...none, AWS_ROLE_ARN: roleArn, GCE_METADATA_HOST: "127.0.0.1:1" } },
      { words: ["true"], env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" } },
      { words: ["true"], env: { AWS_SECRET_ACCESS_KEY: "" } },
      { words: ["true"], env: { AWS_ROLE_ARN: "" } },
      { words: ["true"], env: { ARAR_EXPECT_ACCOUNT: "" } },
      { words: ["--profile=default", "true"], files: PROFILE.files, env: { ...PROFILE.env, AWS_ROLE_ARN: "" } },
      { words: ["--profile=platform-prodution-administrator", "true"], ...MANY_PROFILES },
      { words: ["terrafrom", "plan"], ...NO_PROGRAM },
      { words: ["cd", "infrastructure"], ...NO_PROGRAM },
      { words: [...name, "--serial-number=arn:aws:iam::123456789012:mfa/alice@example.com", "true"] },
      { words: [...name, "true"], connect: () => Promise.reject(new Error("refused")) },
      {
        words: [...name, "true"],
        ...refusing("ExpiredToken", "The security token included in the request is expired", 403),
      },
      {
        words: ["-u", "true"],
        ...refusing("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
      },
    ];
    assertEquals(lines.length, 20);
    await assertSnapshot(t, await transcript(lines), AS_IS);
  });
});
