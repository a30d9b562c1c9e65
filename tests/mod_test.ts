import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ArarError, assumeRole } from "../lib/mod.ts";
import { baseEnv, denoFlags } from "./arar.ts";
import { profileFiles } from "./profile/profiles.ts";
import { listFiles } from "./project/sources.ts";
import { sampleEnv, startSts } from "./sts_server.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

async function deno(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { ...baseEnv(), ...env },
    clearEnv: true,
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("assumeRole()", async (t) => {
  await using sts = await startSts();
  const base = { PATH: "/bin", HOME: "/home/nobody", AWS_SECURITY_TOKEN: "older" };
  const env: Record<string, string> = { ...sampleEnv(sts), ...base };

  await t.step("returns credentials, identity and the environment for a command", async () => {
    const { credentials, arn, accountId, environment } = await assumeRole({ usernameSession: true, env });
    assertMatch(arn, /:assumed-role\/terraform-role\/alice$/);
    assertEquals(accountId, arn.split(":")[4]);
    assertMatch(credentials.accessKeyId, /^ASIA/);
    assert(credentials.expiration.getTime() > Date.now());
    assertEquals(environment, {
      PATH: "/bin",
      HOME: "/home/nobody",
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_CREDENTIAL_EXPIRATION: credentials.expiration.toISOString().replace(".000Z", "Z"),
      ARAR_SESSION_ARN: arn,
    });
  });

  await t.step("ignores options that only the program has, but not unknown ones", async () => {
    const program = { ARAR_PRINT: "json", ARAR_DRY_RUN: "1", ARAR_EXEC: "1", ARAR_REFRESH: "1", ARAR_CACHE: "1" };
    assertMatch((await assumeRole({ env: { ...env, ...program } })).arn, /:assumed-role\/terraform-role\//);
    const typo = { ...env, ARAR_EXPECTED_ACCOUNT: "111111111111" };
    await assertRejects(() => assumeRole({ env: typo }), ArarError, "did you mean ARAR_EXPECT_ACCOUNT?");
  });

  await t.step("passes every option to STS as the program does", async () => {
    const before = sts.requests.length;
    await assumeRole({
      env,
      roleSessionName: "from-script",
      durationSeconds: "15m",
      sourceIdentity: "me",
      policy: '{"Version":"2012-10-17","Statement":[]}',
      tags: { team: "a=b", cost: "1" },
      transitiveTagKeys: ["team"],
    });
    const [request, ...others] = sts.requests.slice(before);
    assertEquals(others, []);
    const { RoleSessionName, DurationSeconds, SourceIdentity } = request?.params ?? {};
    assertEquals({ RoleSessionName, DurationSeconds, SourceIdentity }, {
      RoleSessionName: "from-script",
      DurationSeconds: "900",
      SourceIdentity: "me",
    });
    assertEquals(request?.params["Tags.member.1.Value"], "a=b");
    assertEquals(request?.params["TransitiveTagKeys.member.1"], "team");
  });

  await t.step("keeps variables on request", async () => {
    const named = { ...env, AWS_ROLE_SESSION_NAME: "me" };
    const { environment } = await assumeRole({ env: named, keepEnv: ["AWS_ROLE_ARN"] });
    assertEquals(environment.AWS_ROLE_ARN, env.AWS_ROLE_ARN);
    assertEquals(environment.AWS_ROLE_SESSION_NAME, undefined);
  });

  await t.step("throws the error that the program would print", async () => {
    const error = await assertRejects(() => assumeRole({ env, roleArn: "terraform-role" }), ArarError);
    assertStringIncludes(error.message, '"terraform-role"');
    await assertRejects(() => assumeRole({ env: {}, profile: "nowhere" }), ArarError);
  });

  await t.step("refuses a credential_process that leads back to the profile, as the program does", async () => {
    using files = profileFiles("[profile p]\ncredential_process = exit 1\n");
    const asking = { ...files.env, ARAR_ASKED_PROFILES: "p" };
    const error = await assertRejects(
      () => assumeRole({ env: asking, profile: "p", roleArn: env.AWS_ROLE_ARN ?? "" }),
      ArarError,
    );
    assertEquals(error.message, 'the credential_process of profile "p" runs arar with the same profile');
  });

  await t.step("passes on warnings", async () => {
    const warnings: string[] = [];
    const { credentials } = await assumeRole({ env });
    const chained = {
      ...env,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
    await assertRejects(
      () => assumeRole({ env: chained, durationSeconds: 7200, warn: (message) => warnings.push(message) }),
      ArarError,
    );
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", "one hour");
  });

  await t.step("runs the examples of its documentation", async () => {
    // Deno adds an import to each example, which noUnusedLocals would refuse.
    const flags = ["--doc", "--no-check", ...denoFlags(), "-A"];
    const { code, text } = await deno(["test", ...flags, "lib/mod.ts"], sampleEnv(sts));
    assertEquals(code, 0, text);
    assertMatch(text, /2 passed/);
  });

  await t.step("has the types that the examples in the documents need", async () => {
    const { code, text } = await deno(["check", "--doc-only", ...denoFlags(), ...listFiles("", ".md")], {});
    assertEquals(code, 0, text);
  });
});

Deno.test("the package", async (t) => {
  await t.step("documents all its exports, with explicit types", async () => {
    // `deno doc` treats --config, a flag that it does not have, as a file.
    const flags = denoFlags().filter((flag) => !flag.startsWith("--config="));
    const { code, text } = await deno(["doc", "--lint", ...flags, "lib/mod.ts", "main.ts"], {});
    assertEquals(code, 0, text);
  });
});
