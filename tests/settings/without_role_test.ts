/** What a run without a role does, by source, option, and whether it is typed or exported; and what is refused. */
import { assertEquals, assertThrows } from "@std/assert";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { decisionsOf } from "../../lib/settings/views.ts";
import type { Env } from "../../lib/sourced.ts";
import { refusal } from "../profile/profiles.ts";
import { longName, planOf } from "./plan_of.ts";

const LONG_LIVED = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
const SESSION = { ...LONG_LIVED, AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_SESSION_TOKEN: "token" };
const NO_ROLE = "no role is named by --role-arn or AWS_ROLE_ARN";
const SERIAL = "GAHT12345678";

const CONFIG = `[profile dev]
credential_process = x
[profile user]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = not-a-secret
[profile pasted]
aws_access_key_id = ASIAEXAMPLE
aws_secret_access_key = not-a-secret
aws_session_token = token
[profile bare]
region = eu-west-1
`;

function plan(options: TypedOptions, env: Env = SESSION) {
  return planOf(options, { env, config: CONFIG });
}

Deno.test("readWithoutRole()", async (t) => {
  const policy = { policy: "{}" };
  const rows: readonly (readonly [string, TypedOptions, Env, unknown])[] = [
    ["narrows by a policy", policy, SESSION, { kind: "narrowed", policy: "{}" }],
    ["narrows by a duration", { durationSeconds: "1" }, SESSION, { kind: "narrowed", durationSeconds: 1 }],
    ["narrows by exported options", {}, { ...SESSION, ARAR_POLICY: "{}", ARAR_DURATION_SECONDS: "36h" }, {
      kind: "narrowed",
      policy: "{}",
      durationSeconds: 129_600,
    }],
    ["narrows a profile's session", { profile: "dev", ...policy }, {}, { kind: "narrowed", policy: "{}" }],
    ["narrows the machine's session", policy, {}, { kind: "narrowed", policy: "{}" }],
    ["ignores a session name exported for a web identity", policy, { ...SESSION, AWS_ROLE_SESSION_NAME: "pod" }, {
      kind: "narrowed",
      policy: "{}",
    }],
    ["hands over a typed profile's session", { profile: "dev" }, LONG_LIVED, { kind: "own" }],
    ["hands over a typed profile's pasted session", { profile: "pasted" }, {}, { kind: "own" }],
    ["gets a session of the user, to narrow it", policy, LONG_LIVED, { kind: "user-session", policy: "{}" }],
    ["gets a session of a profile's user", { profile: "user", durationSeconds: "15m" }, {}, {
      kind: "user-session",
      durationSeconds: 900,
    }],
    ["gets a session of the user with MFA", { serialNumber: SERIAL, tokenCode: "123456" }, LONG_LIVED, {
      kind: "user-session",
      mfa: { serialNumber: SERIAL, code: { kind: "given", code: "123456" } },
    }],
    ["adds what is exported to what is typed", policy, { ...LONG_LIVED, ARAR_SERIAL_NUMBER: SERIAL }, {
      kind: "user-session",
      policy: "{}",
      mfa: { serialNumber: SERIAL, code: { kind: "ask" } },
    }],
  ];
  for (const [what, options, env, expected] of rows) {
    await t.step(what, () => assertEquals<unknown>(plan(options, env).target, expected));
  }

  await t.step("does not apply if there is a role", () => {
    assertEquals(plan({ ...policy, roleArn: ["arn:aws:iam::123456789012:role/a"] }).target.kind, "roles");
  });

  await t.step("is shown", () => {
    const shown = (options: TypedOptions, env?: Env) =>
      decisionsOf(plan(options, env)).slice(1, -1).map(({ field, value }) => `${field}: ${value}`);
    assertEquals(shown({ policy: "{ }", durationSeconds: "5m" }), ["policy: {}", "duration: 300 s"]);
    assertEquals(shown({ profile: "dev" }), ["session: the source's own, handed over as it is"]);
    assertEquals(shown({ serialNumber: SERIAL }, LONG_LIVED), [
      "session: the IAM user's, from GetSessionToken",
      `MFA device: ${SERIAL}`,
    ]);
  });
});

Deno.test("readWithoutRole() refuses", async (t) => {
  const inDev = `no role is named by --role-arn, AWS_ROLE_ARN or role_arn in [profile dev] of CONFIG`;
  const inUser = `no role is named by --role-arn, AWS_ROLE_ARN or role_arn in [profile user] of CONFIG`;
  const typeIt = "or, for a session of the IAM user itself, type --duration-seconds, --serial-number or --policy";
  const narrow = "or narrow the current session with --policy or --duration-seconds";
  const rows: readonly (readonly [string, TypedOptions, Env, string, readonly string[]])[] = [
    ["exported keys", {}, LONG_LIVED, NO_ROLE, [typeIt]],
    ["an exported policy with long-lived keys", {}, { ...LONG_LIVED, ARAR_POLICY: "{}" }, NO_ROLE, [typeIt]],
    ["an exported MFA device", {}, { ...LONG_LIVED, ARAR_SERIAL_NUMBER: SERIAL }, NO_ROLE, [typeIt]],
    ["an exported session", {}, SESSION, NO_ROLE, [narrow]],
    ["an exported profile", {}, { AWS_PROFILE: "dev" }, inDev, [
      "or, to run with the profile's own session, type --profile dev",
    ]],
    ["a typed profile with long-lived keys", { profile: "user" }, {}, inUser, [typeIt]],
    [
      "a typed profile without credentials",
      { profile: "bare" },
      {},
      `${NO_ROLE.replace(" or", ",")} or role_arn in [profile bare] of CONFIG`,
      [],
    ],
    ["a web identity", { webIdentityTokenFile: "/t", policy: "{}" }, {}, NO_ROLE, []],
    ["a machine", {}, {}, NO_ROLE, []],
  ];
  for (const [what, options, env, message, hints] of rows) {
    await t.step(what, () => {
      const error = assertThrows(() => plan(options, env), ArarError, message);
      assertEquals([error.message, ...error.hints.slice(1)], [message, ...hints]);
      assertEquals(error.hints[0], "name the role to run as: --role-arn arn:aws:iam::ACCOUNT:role/NAME");
    });
  }

  const forRoles: readonly TypedOptions[] = [
    { roleSessionName: "ci" },
    { usernameSession: true },
    { externalId: "id" },
    { sourceIdentity: "alice" },
    { serialNumber: SERIAL },
    { policyArn: ["arn:aws:iam::aws:policy/A"] },
    { tag: ["a=b"] },
  ];
  for (const options of forRoles) {
    const [name] = Object.keys(options).map(longName);
    await t.step(`${name}, which requires a role`, () => {
      const message = `${name} requires a role, and none is named`;
      assertEquals(refusal(() => plan({ policy: "{}", ...options })), message);
      assertEquals(refusal(() => plan({ profile: "dev", ...options }, {})), message);
    });
  }

  await t.step("a session of the user that is too short, or a code without a device", () => {
    const message = '--duration-seconds is "60"; expected 900 to 129600 seconds for a session of the user';
    assertEquals(refusal(() => plan({ durationSeconds: "60" }, LONG_LIVED)), message);
    assertEquals(
      refusal(() => plan({ durationSeconds: "900", tokenCode: "123456" }, LONG_LIVED)),
      "--token-code requires an MFA device; name it with --serial-number",
    );
  });

  await t.step("and explains to a nested arar why there is no role", () => {
    const arn = "arn:aws:sts::123456789012:assumed-role/a/ci";
    const error = assertThrows(() => plan({}, { ...SESSION, ARAR_SESSION_ARN: arn }), ArarError, NO_ROLE);
    assertEquals(error.hints[0], `already running as ${arn}: the outer arar removed AWS_ROLE_ARN`);
  });
});
