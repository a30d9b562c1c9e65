/**
 * Holds the whole plan of a run, and what of it is refused. Must not know which of several sources counts: `precedence_test.ts` does.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { TypedOptions } from "../lib/cli/options.ts";
import { ArarError } from "../lib/errors.ts";
import { resolveSettings, type Settings } from "../lib/settings.ts";

const ROLE = "arn:aws:iam::123456789012:role/terraform-role";
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
const JOB = { ...KEYS, AWS_ROLE_ARN: ROLE };

function settings(
  options: TypedOptions,
  env: Readonly<Record<string, string>> = JOB,
  command: readonly string[] = ["make"],
): Settings {
  return resolveSettings({ options, env, command, os: "linux", now: 1_767_225_600_999, readTextFile: () => undefined });
}

Deno.test("resolveSettings()", async (t) => {
  await t.step("makes a whole plan of the main job", () => {
    assertEquals<unknown>(settings({ "username-session": true }, { ...JOB, AWS_DEFAULT_REGION: "eu-west-1" }), {
      verbose: false,
      signer: {
        kind: "keys",
        credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-secret" },
        from: "environment",
      },
      roles: [{ roleArn: ROLE, sessionName: { kind: "user-name" }, policyArns: [], tags: [], transitiveTagKeys: [] }],
      region: { sts: "eu-west-1", from: "AWS_DEFAULT_REGION", child: { name: "eu-west-1", overwrite: false } },
      endpoint: { fips: false, dualstack: false, legacyGlobal: false, maxAttempts: 3, retryMode: "standard" },
      timeoutSeconds: 30,
      expectAccounts: [],
      action: { kind: "run", command: ["make"], by: "spawn" },
      childEnv: { keep: [], hide: [] },
      mask: false,
      decisions: [
        { field: "source", value: "key ****************MPLE", from: "environment" },
        { field: "role", value: ROLE, from: "AWS_ROLE_ARN" },
        { field: "session name", value: "the caller's IAM user name, asked from STS", from: "--username-session" },
        { field: "region", value: "eu-west-1", from: "AWS_DEFAULT_REGION" },
      ],
    });
  });

  await t.step("cannot be changed afterwards", () => assert(Object.isFrozen(settings({}))));

  await t.step("reads the time limit, 30 s unless given", () => {
    assertEquals(settings({ timeout: "2m" }).timeoutSeconds, 120);
    assertEquals(settings({}, { ...JOB, ARAR_TIMEOUT: "5" }).timeoutSeconds, 5);
    assertThrows(() => settings({ timeout: "0" }), ArarError, '--timeout is "0"; it takes 1 to 3600 seconds');
  });

  await t.step("has a cache where it is asked for, and refuses its limit without it", () => {
    assertEquals([settings({}).cache, settings({ cache: true }).cache], [undefined, {}]);
    assertEquals(settings({ cache: true, "min-ttl": "10m" }).cache, { minTtlSeconds: 600 });
    assertEquals(settings({}, { ...JOB, ARAR_MIN_TTL: "10m" }).cache, undefined);
    assertThrows(() => settings({ "min-ttl": "10m" }), ArarError, "--min-ttl is for --cache, which is not given");
  });

  await t.step("takes accounts of twelve digits", () => {
    assertEquals(settings({ "expect-account": ["123456789012"] }).expectAccounts, ["123456789012"]);
    assertThrows(() => settings({ "expect-account": ["12345"] }), ArarError, '--expect-account is "12345"');
  });

  await t.step("hides the variable that holds the token, and masks what goes into a GitHub job", () => {
    const web = settings({ "web-identity-token-env": "TOKEN" }, { AWS_ROLE_ARN: ROLE, TOKEN: "jwt" });
    assertEquals(web.childEnv, { keep: [], hide: ["TOKEN"] });
    assertEquals(
      settings({ print: "github" }, { ...JOB, GITHUB_ACTIONS: "true", GITHUB_ENV: "/tmp/env" }, []).mask,
      true,
    );
    assertEquals(settings({ mask: true }).mask, true);
  });

  await t.step("tells the endpoint where it is not AWS's own", () => {
    const { decisions } = settings({}, { ...JOB, AWS_ENDPOINT_URL: "http://localhost:4566" });
    assertEquals(decisions.at(-1), { field: "endpoint", value: "http://localhost:4566", from: "AWS_ENDPOINT_URL" });
  });
});
