/** The complete settings of a run, and what is refused. Precedence is tested in `precedence_test.ts`. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { OPTIONS, type TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { readAction } from "../../lib/settings/settings.ts";
import { decisionsOf } from "../../lib/settings/views.ts";
import type { Env } from "../../lib/sourced.ts";
import type { System } from "../../lib/system.ts";
import { SET } from "../../lib/variables.ts";
import { origin } from "../origin.ts";
import { refusal } from "../profile/profiles.ts";
import { type Found, planOf, readOptions } from "./plan_of.ts";

const ROLE = "arn:aws:iam::123456789012:role/terraform-role";
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
const JOB = { ...KEYS, AWS_ROLE_ARN: ROLE };

function settings(options: TypedOptions, env: Env = JOB, found: Found = {}) {
  return planOf(options, { env, command: ["make"], ...found });
}

Deno.test("readSettings()", async (t) => {
  await t.step("reads everything for the main use case", () => {
    const all = settings({ usernameSession: true }, {
      ...JOB,
      AWS_DEFAULT_REGION: "eu-west-1",
    });
    const { env: _, commandEnv, source: __, requested: ___, ...plan } = all;
    assertEquals<unknown>(plan, {
      verbose: false,
      signer: {
        kind: "keys",
        credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-secret" },
        from: origin("environment"),
      },
      target: {
        kind: "roles",
        roles: [{
          roleArn: ROLE,
          sessionName: { kind: "user-name" },
          policyArns: [],
          tags: [],
          transitiveTagKeys: [],
        }],
      },
      region: { sts: "eu-west-1", from: origin("AWS_DEFAULT_REGION"), child: { name: "eu-west-1", overwrite: false } },
      endpoint: { fips: false, dualstack: false, legacyGlobal: false, maxAttempts: 3, retryMode: "standard" },
      services: {},
      timeoutSeconds: 30,
      appId: undefined,
      description: "make",
      expectAccounts: [],
      action: { kind: "run", command: ["make"], by: "spawn" },
      mask: false,
    });
    assertEquals(decisionsOf(all), [
      { field: "source", value: "key ****************MPLE", from: "environment" },
      { field: "role", value: ROLE, from: "AWS_ROLE_ARN" },
      { field: "session name", value: "the caller's IAM user name, from STS", from: "--username-session" },
      { field: "region", value: "eu-west-1", from: "AWS_DEFAULT_REGION" },
    ]);
    assertEquals(commandEnv.keep, []);
  });

  await t.step("returns a frozen object", () => assert(Object.isFrozen(settings({}))));

  await t.step("enables the cache only if asked", () => {
    assertEquals([settings({}).cache, settings({ cache: true }).cache], [undefined, {}]);
    assertEquals(settings({ cache: true, minTtl: "10m" }).cache, { minTtlSeconds: 600 });
    assertEquals(settings({}, { ...JOB, ARAR_MIN_TTL: "10m" }).cache, undefined);
  });

  await t.step("hides variables that describe a single run from the command, but not habits", () => {
    const { hide } = settings({}).commandEnv;
    for (const name of ["ARAR_EXTERNAL_ID", "ARAR_GITHUB_OIDC", "ARAR_TOKEN_CODE", "ARAR_REFRESH", "AWS_ROLE_ARN"]) {
      assert(hide.includes(name), name);
    }
    for (const name of ["ARAR_VERBOSE", "ARAR_CACHE", "ARAR_TIMEOUT", "ARAR_EXPECT_ACCOUNT", "AWS_REGION"]) {
      assert(!hide.includes(name), name);
    }
  });

  await t.step("hides the variable that holds the token, also on Windows", () => {
    const web = { webIdentityTokenEnv: "Token" };
    assert(settings(web, { AWS_ROLE_ARN: ROLE, Token: "jwt" }).commandEnv.hide.includes("Token"));
    const windows = settings(web, { AWS_ROLE_ARN: ROLE, TOKEN: "jwt" }, { os: "windows" });
    assert(windows.commandEnv.hide.includes("TOKEN"));
    assertEquals(windows.signer.kind, "web-identity");
  });

  await t.step("reports endpoint and CA bundle unless they are the default", () => {
    const env = { ...JOB, AWS_ENDPOINT_URL: "http://localhost:4566", AWS_CA_BUNDLE: "/ca.pem" };
    const decisions = decisionsOf(settings({}, env));
    assertEquals(decisions.slice(-2), [
      { field: "endpoint", value: "http://localhost:4566", from: "AWS_ENDPOINT_URL" },
      { field: "CA bundle", value: "/ca.pem", from: "AWS_CA_BUNDLE" },
    ]);
  });

  await t.step("refuses options that cannot be combined before it looks for credentials and a role", () => {
    const message = "--refresh cannot be combined with --print json, which runs no command; drop one";
    assertEquals(refusal(() => settings({ refresh: true, print: "json" }, {})), message);
  });
});

Deno.test("readSettings() of --keep-env", async (t) => {
  const keep = (...names: readonly string[]) => settings({ keepEnv: names }).commandEnv.keep;

  await t.step("keeps names as they are", () => {
    assertEquals(keep("AWS_PROFILE", "aws_profile"), ["AWS_PROFILE", "aws_profile"]);
    assertEquals(settings({}, { ...JOB, ARAR_KEEP_ENV: "A,B" }).commandEnv.keep, ["A", "B"]);
  });

  for (const name of SET) {
    await t.step(`refuses ${name}, which is set`, () => {
      const message = `--keep-env "${name}": arar sets this variable for the command, so it cannot be kept`;
      assertEquals(refusal(() => keep("AWS_PROFILE", name)), message);
    });
  }
});

Deno.test("readSettings() refuses a wrong account", async (t) => {
  const refused = (from: string, ids: string) => `role ${ROLE} is in account 123456789012, ${from} expects ${ids}`;

  await t.step("typed or exported, before any call", () => {
    assertEquals(
      refusal(() => settings({ expectAccount: ["111111111111"] })),
      refused("--expect-account", "111111111111"),
    );
    assertEquals(
      refusal(() => settings({}, { ...JOB, ARAR_EXPECT_ACCOUNT: "111111111111,222222222222" })),
      refused("ARAR_EXPECT_ACCOUNT", "111111111111 or 222222222222"),
    );
  });

  await t.step("of the last role only", () => {
    const roles = ["arn:aws:iam::111111111111:role/hub", ROLE];
    const { expectAccounts } = settings({ roleArn: roles, expectAccount: ["123456789012"] });
    assertEquals(expectAccounts.map(({ value }) => value), ["123456789012"]);
  });
});

Deno.test("readSettings() reads region and endpoint from a profile that is not the source", async (t) => {
  const config = "[default]\nregion = eu-central-1\nuse_fips_endpoint = true\n[profile dev]\nregion = eu-west-1\n" +
    "ca_bundle = /dev.pem\nmax_attempts = 7\n";

  await t.step("from the one that AWS_PROFILE names", () => {
    const { region, endpoint, signer } = settings({}, { ...JOB, AWS_PROFILE: "dev" }, { config });
    assertEquals([region.sts, region.child?.name, signer.kind], ["eu-west-1", "eu-west-1", "keys"]);
    assertEquals([endpoint.caBundle?.value, endpoint.maxAttempts, endpoint.fips], ["/dev.pem", 7, false]);
    assertEquals(`${region.from}`, "region in [profile dev] of CONFIG");
  });

  await t.step("otherwise from the default one", () => {
    const { region, endpoint } = settings({}, JOB, { config });
    assertEquals([region.sts, region.child, endpoint.fips], ["eu-central-1", undefined, true]);
    const token = settings({ webIdentityTokenFile: "/t" }, { AWS_ROLE_ARN: ROLE }, { config });
    assertEquals(token.region.sts, "eu-central-1");
  });

  await t.step("and the name of the application, which a variable overrides", () => {
    const named = { config: `${config}sdk_ua_app_id = mine\n` };
    const env = { ...JOB, AWS_PROFILE: "dev" };
    const appId = (change: Record<string, string>) => settings({}, { ...env, ...change }, named).appId;
    assertEquals([appId({}), appId({ AWS_SDK_UA_APP_ID: "job" }), settings({}, JOB).appId], ["mine", "job", undefined]);
  });

  await t.step("ignores that it does not exist", () => {
    assertEquals(settings({}, { ...JOB, AWS_PROFILE: "gone" }, { config }).region.sts, "us-east-1");
  });
});

const GITHUB = { GITHUB_ACTIONS: "true", GITHUB_ENV: "/tmp/env" };

function action(
  options: TypedOptions,
  command: readonly string[] = [],
  change: Record<string, string> = {},
  os: System["os"] = "linux",
) {
  const env = { ...GITHUB, ...change };
  return readAction(readOptions(options, env, os), env, { command, os });
}

Deno.test("readAction()", async (t) => {
  await t.step("is a check without a command, otherwise the command, which is spawned by default", () => {
    assertEquals(action({}), { kind: "check" });
    assertEquals(action({}, ["a", "--", ""]), { kind: "run", command: ["a", "--", ""], by: "spawn" });
    assertEquals(action({ exec: true }, ["a"]), { kind: "run", command: ["a"], by: "exec" });
    assertEquals(action({ refresh: true }, ["a"]), { kind: "run", command: ["a"], by: "refresh" });
    assertEquals(action({}, ["a"], { ARAR_EXEC: "1" }), { kind: "run", command: ["a"], by: "exec" });
  });

  await t.step("prefers a typed --exec or --refresh to an exported one", () => {
    assertEquals(action({ exec: true }, ["a"], { ARAR_REFRESH: "1" }), { kind: "run", command: ["a"], by: "exec" });
    assertEquals(action({ refresh: true }, ["a"], { ARAR_EXEC: "1" }), { kind: "run", command: ["a"], by: "refresh" });
  });

  await t.step("refuses --exec together with --refresh, both typed or both exported", () => {
    const why = "cannot be combined: after --exec, arar is gone and cannot renew credentials; drop one";
    assertThrows(() => action({ exec: true, refresh: true }, ["a"]), ArarError, `--exec and --refresh ${why}`);
    const both = { ARAR_EXEC: "1", ARAR_REFRESH: "1" };
    assertThrows(() => action({}, ["a"], both), ArarError, `ARAR_EXEC and ARAR_REFRESH ${why}`);
    assertEquals(action({}, [], both), { kind: "check" });
  });

  await t.step("refuses --exec and --refresh if no command is run, unless they are exported", () => {
    for (const [name, exported] of [["exec", "ARAR_EXEC"], ["refresh", "ARAR_REFRESH"]] as const) {
      const typed = { [name]: true };
      assertThrows(() => action(typed), ArarError, `--${name} requires a command`);
      assertThrows(() => action({ ...typed, dryRun: true }), ArarError, `--${name} requires a command`);
      const message = `--${name} cannot be combined with --print json, which runs no command; drop one`;
      assertThrows(() => action({ ...typed, print: "json" }), ArarError, message);
      assertEquals(action({}, [], { [exported]: "1" }), { kind: "check" });
      assertEquals(action({ print: "json" }, [], { [exported]: "1" }), { kind: "print", format: "json" });
      assertEquals(action({ print: "json" }, [], { [exported]: "1" }, "windows").kind, "print");
    }
  });

  await t.step("prints in every format, but not together with a command", () => {
    const formats = OPTIONS.print.complete instanceof Array
      ? OPTIONS.print.complete.filter((one) => one !== "plan")
      : [];
    assertEquals(formats.includes("process"), true);
    for (const format of formats) {
      assertEquals<unknown>(action({ print: format }), { kind: "print", format });
      assertThrows(() => action({ print: format }, ["a"]), ArarError, "cannot be combined with a command; drop one");
    }
  });

  await t.step("prints for GitHub Actions only in a GitHub Actions job", () => {
    for (const name of Object.keys(GITHUB)) {
      assertThrows(() => action({ print: "github" }, [], { [name]: "" }), ArarError, "is for GitHub Actions, but");
    }
  });

  await t.step("is the plan, with or without a command", () => {
    assertEquals(action({ dryRun: true }, ["a"]), { kind: "plan", format: "text", command: ["a"], by: "spawn" });
    assertEquals(action({ print: "plan" }), { kind: "plan", format: "json", command: [], by: "spawn" });
  });

  await t.step("refuses --exec on Windows", () => {
    assertThrows(() => action({ exec: true }, ["a"], {}, "windows"), ArarError, "--exec is not available on Windows");
  });
});
