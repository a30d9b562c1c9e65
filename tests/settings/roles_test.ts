/** How the roles of a profile and of the command line become a chain, and which role gets which values. */
import { assertEquals } from "@std/assert";
import { rolesOf } from "../../lib/aws/role_request.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import type { Env } from "../../lib/sourced.ts";
import { refusal } from "../profile/profiles.ts";
import { planOf } from "./plan_of.ts";
import { decisionsOf } from "../../lib/settings/views.ts";

const arn = (name: string, partition = "aws") => `arn:${partition}:iam::123456789012:role/${name}`;

const CONFIG = `
[profile a]
role_arn = ${arn("a")}
credential_source = EcsContainer
external_id = own-a
duration_seconds = 900
mfa_serial = GAHTPROFILE1
role_session_name = name-a
[profile b]
role_arn = ${arn("b")}
source_profile = a
[profile bad-name]
role_arn = ${arn("a")}
credential_source = EcsContainer
role_session_name = x
[profile passkey]
role_arn = ${arn("a")}
credential_source = EcsContainer
mfa_serial = arn:aws:iam::123456789012:u2f/user/alice/key
`;

function plan(options: TypedOptions, env: Env = {}) {
  const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
  return planOf(options, { config: CONFIG, env: { ...keys, ...env } });
}

const roles = (options: TypedOptions, env?: Env) => rolesOf(plan(options, env).target);

Deno.test("readRoles()", async (t) => {
  await t.step("puts the profile's roles before the command line's", () => {
    const chain = roles({ profile: "b", roleArn: [arn("c")] });
    assertEquals(chain.map(({ roleArn }) => roleArn), [arn("a"), arn("b"), arn("c")]);
  });

  await t.step("gives duration and parameters to the last role, and the profile's role its own", () => {
    const options = { durationSeconds: "1h", externalId: "typed", tag: ["Team=blue"] };
    const chain = roles({ profile: "a", roleArn: [arn("b")], ...options });
    assertEquals(
      chain.map(({ externalId, durationSeconds, tags }) => [externalId, durationSeconds, tags.length]),
      [["own-a", 900, 0], ["typed", 3600, 1]],
    );
  });

  await t.step("carries every parameter", () => {
    const options = {
      roleArn: [arn("a")],
      externalId: "customer:42/blue",
      sourceIdentity: "alice@example.com",
      policy: '{ "Version": "2012-10-17" }',
      policyArn: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      tag: ["Team=blue", "Größe=zwölf Meter"],
      transitiveTagKey: ["team"],
      durationSeconds: "15m",
    };
    assertEquals(roles(options), [{
      roleArn: arn("a"),
      sessionName: { kind: "given", value: "arar-1767225600", generated: true },
      externalId: "customer:42/blue",
      sourceIdentity: "alice@example.com",
      policy: '{ "Version": "2012-10-17" }',
      policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      tags: [{ key: "Team", value: "blue" }, { key: "Größe", value: "zwölf Meter" }],
      transitiveTagKeys: ["team"],
      durationSeconds: 900,
    }]);
  });

  await t.step("gives the MFA device to the first role of the command line, and the code to the first device", () => {
    const device = { serialNumber: "GAHT12345678" };
    const chain = roles({ ...device, tokenCode: "123456", roleArn: [arn("a"), arn("b")] });
    const mfa = { serialNumber: "GAHT12345678", code: { kind: "given", code: "123456" } } as const;
    assertEquals(chain.map((role) => role.mfa), [mfa, undefined]);
    const one = { ...device, roleArn: [arn("a")] };
    assertEquals(roles(one)[0]?.mfa?.code, { kind: "ask" });
    assertEquals(roles(one, { ARAR_TOKEN_CODE: "-" })[0]?.mfa?.code, { kind: "stdin" });
  });

  await t.step("completes the name of one of AWS's managed policies in the partition of the role", () => {
    const policyArns = (
      role: string,
      env?: Env,
      policyArn = ["job-function/Billing", "arn:aws:iam::123456789012:policy/a"],
    ) => roles({ roleArn: [role], ...(!env && { policyArn }) }, env)[0]?.policyArns;
    const [name, full] = ["aws-cn:iam::aws:policy/job-function/Billing", "arn:aws:iam::123456789012:policy/a"];
    assertEquals(policyArns(arn("a", "aws-cn")), [`arn:${name}`, full]);
    assertEquals(policyArns(arn("a"), { ARAR_POLICY_ARN: "A,B,arn:aws:iam::123456789012:policy/c,d" }), [
      "arn:aws:iam::aws:policy/A",
      "arn:aws:iam::aws:policy/B",
      "arn:aws:iam::123456789012:policy/c,d",
    ]);
    for (const wrong of ["aws:policy/A", "/A", " A", "A B"]) {
      assertEquals(
        refusal(() => roles({ roleArn: [arn("a")], policyArn: [wrong] })),
        `--policy-arn is "${wrong}"; expected the ARN of a managed policy, or the name of one of AWS's, such as ReadOnlyAccess`,
      );
    }
  });

  await t.step("drops the white space of a policy that is too long together with the managed ones, and says so", () => {
    const policy = `{${" ".repeat(2030)}}`;
    const options = { roleArn: [arn("a")], policy, policyArn: ["A"] };
    assertEquals(roles(options)[0]?.policy, "{}");
    const from = decisionsOf(plan(options)).find(({ field }) => field === "policy")?.from;
    assertEquals(from, "--policy, without 2030 characters of white space");
    assertEquals(roles({ ...options, policyArn: [] })[0]?.policy, policy);
  });

  await t.step("refuses a passkey, whose code STS cannot take", () => {
    const device = "arn:aws:iam::123456789012:u2f/user/alice/key";
    const message = (from: string) =>
      `${from} is "${device}"; expected a device that shows codes: STS cannot use a passkey or FIDO security key (u2f)`;
    assertEquals(refusal(() => roles({ profile: "passkey" })), message("mfa_serial in [profile passkey] of CONFIG"));
    assertEquals(refusal(() => roles({ serialNumber: device, roleArn: [arn("a")] })), message("--serial-number"));
    assertEquals(refusal(() => roles({ serialNumber: device })), message("--serial-number"));
  });

  await t.step("refuses a typed code without a device, and ignores an exported one", () => {
    assertEquals(
      refusal(() => roles({ tokenCode: "123456", roleArn: [arn("a")] })),
      "--token-code requires an MFA device; name it with --serial-number",
    );
    assertEquals(roles({ roleArn: [arn("a")] }, { ARAR_TOKEN_CODE: "123456" })[0]?.mfa, undefined);
  });

  await t.step("refuses a chain across partitions", () => {
    assertEquals(
      refusal(() => roles({ roleArn: [arn("a"), arn("b", "aws-cn")] })),
      `role "${arn("a")}" cannot assume "${arn("b", "aws-cn")}": a role cannot be assumed across partitions`,
    );
  });

  await t.step("refuses a duration that is only valid without a role", () => {
    for (const seconds of ["899", "43201"]) {
      assertEquals(
        refusal(() => roles({ roleArn: [arn("a")], durationSeconds: seconds })),
        `--duration-seconds is "${seconds}"; expected 900 to 43200 seconds for a role`,
      );
    }
  });

  await t.step("names the profile key of an invalid value", () => {
    assertEquals(
      refusal(() => roles({ profile: "bad-name" })),
      'role_session_name in [profile bad-name] of CONFIG is "x"; expected 2 to 64 characters of A-Za-z0-9_+=,.@-',
    );
  });
});

Deno.test("readRoles() names the session", async (t) => {
  const typed = { roleArn: [arn("c")], roleSessionName: "typed" };
  const rows: readonly (readonly [string, TypedOptions, readonly string[]])[] = [
    ["of each role after its profile, of the last as typed", { profile: "a", ...typed }, ["name-a", "typed"]],
    ["as typed if its profile has no name", { profile: "b", ...typed }, ["name-a", "typed", "typed"]],
    ["of all roles after the user", { profile: "b", usernameSession: true }, ["user-name", "user-name"]],
  ];
  for (const [what, options, expected] of rows) {
    await t.step(what, () => {
      const names = roles(options).map(({ sessionName }) =>
        sessionName.kind === "given" ? sessionName.value : sessionName.kind
      );
      assertEquals(names, [...expected]);
    });
  }
});

Deno.test("readRoles() for a web identity", async (t) => {
  const web = (options: TypedOptions) => () => roles({ webIdentityTokenFile: "/t", roleArn: [arn("a")], ...options });

  await t.step("accepts what AssumeRoleWithWebIdentity supports", () => {
    const [role] = web({ policy: "{}", policyArn: ["arn:aws:iam::aws:policy/A"], durationSeconds: "900" })();
    assertEquals([role?.policy, role?.policyArns.length, role?.durationSeconds], ["{}", 1, 900]);
  });

  await t.step("refuses everything else by name", () => {
    const options = {
      externalId: "ab",
      sourceIdentity: "ab",
      tag: ["a=b"],
      transitiveTagKey: ["a"],
      serialNumber: "GAHT12345678",
    };
    assertEquals(
      refusal(web(options)),
      "a role assumed with web identity cannot have external ID, source identity, session tags, " +
        "transitive tag keys, MFA device",
    );
    assertEquals(
      refusal(web({ usernameSession: true })),
      "a web identity has no IAM user name; use --role-session-name NAME",
    );
  });
});

Deno.test("readRoles() reports its decisions", async (t) => {
  const told = (options: TypedOptions, env?: Env) =>
    decisionsOf(plan(options, env)).map(({ field, value, from }) => `${field}: ${value} (${from})`);

  await t.step("with their origin in the profile", () => {
    assertEquals(told({ profile: "a" }).slice(1, -1), [
      `role: ${arn("a")} (role_arn in [profile a] of CONFIG)`,
      "session name: name-a (role_session_name in [profile a] of CONFIG)",
      "duration: 900 s (duration_seconds in [profile a] of CONFIG)",
      "MFA device: GAHTPROFILE1 (mfa_serial in [profile a] of CONFIG)",
      "external ID: own-a (external_id in [profile a] of CONFIG)",
    ]);
  });

  await t.step("about everything that restricts the session", () => {
    const options = {
      roleArn: [arn("a")],
      sourceIdentity: "alice",
      policy: '{\n  "Version": "2012-10-17"\n}',
      policyArn: ["arn:aws:iam::aws:policy/A"],
      tag: ["Team=blue"],
      transitiveTagKey: ["Team"],
      expectAccount: ["123456789012"],
    };
    const lines = told(options, { ARAR_EXTERNAL_ID: "id-1" });
    for (
      const line of [
        "external ID: id-1 (ARAR_EXTERNAL_ID)",
        "source identity: alice (--source-identity)",
        'policy: {"Version":"2012-10-17"} (--policy)',
        "managed policy: arn:aws:iam::aws:policy/A (--policy-arn)",
        "tag: Team=blue (--tag)",
        "transitive tag key: Team (--transitive-tag-key)",
        "expected account: 123456789012 (--expect-account)",
      ]
    ) assertEquals(lines.includes(line), true, line);
  });

  await t.step("about the one-hour limit of role chaining", () => {
    const chained = "duration: 3600 s instead of 7200 s: role chaining is limited to one hour (--duration-seconds)";
    const two = { roleArn: [arn("a"), arn("b")], durationSeconds: "2h" };
    const one = { roleArn: [arn("a")], durationSeconds: "2h" };
    assertEquals(told(two).includes(chained), true);
    assertEquals(told(one, { AWS_SESSION_TOKEN: "token" }).includes(chained), true);
    assertEquals(told(one).includes("duration: 7200 s (--duration-seconds)"), true);
  });
});
