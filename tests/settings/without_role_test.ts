/** When a run without a role narrows the current session, and how it is refused. */
import { assertEquals, assertThrows } from "@std/assert";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Env } from "../../lib/sourced.ts";
import { refusal } from "../profile/profiles.ts";
import { longName, planOf } from "./plan_of.ts";
import { decisionsOf } from "../../lib/settings/views.ts";

const LONG_LIVED = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
const SESSION = { ...LONG_LIVED, AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_SESSION_TOKEN: "token" };
const NO_ROLE = "no role is named; name one with --role-arn, AWS_ROLE_ARN, or role_arn in a profile (see arar --help)";

const narrowed = (options: TypedOptions, env: Env = SESSION, config = "") => planOf(options, { env, config });

Deno.test("readWithoutRole()", async (t) => {
  await t.step("narrows by a policy, a duration, or both", () => {
    assertEquals(narrowed({ policy: "{}" }).target, { kind: "narrowed", policy: "{}" });
    assertEquals(narrowed({ durationSeconds: "1" }).target, { kind: "narrowed", durationSeconds: 1 });
    assertEquals(narrowed({}, { ...SESSION, ARAR_POLICY: "{}", ARAR_DURATION_SECONDS: "36h" }).target, {
      kind: "narrowed",
      policy: "{}",
      durationSeconds: 129_600,
    });
  });

  await t.step("narrows the session of a profile, a container or an instance", () => {
    const profile = "[profile p]\ncredential_process = x\n";
    assertEquals(narrowed({ profile: "p", policy: "{}" }, {}, profile).target.kind, "narrowed");
    const { signer, target } = narrowed({ policy: "{}" }, {});
    assertEquals([signer.kind, target.kind], ["chain", "narrowed"]);
  });

  await t.step("does not apply if there is a role", () => {
    assertEquals(narrowed({ policy: "{}", roleArn: ["arn:aws:iam::123456789012:role/a"] }).target.kind, "roles");
  });

  await t.step("reports its decisions", () => {
    const decisions = decisionsOf(narrowed({ policy: "{ }", durationSeconds: "5m" }));
    assertEquals(decisions.slice(1, 3).map(({ value }) => value), ["{}", "300 s"]);
  });

  await t.step("refuses long-lived keys", () => {
    const message = "--policy cannot narrow long-lived keys without a role";
    assertEquals(refusal(() => narrowed({ policy: "{}" }, LONG_LIVED)), message);
  });

  const single: readonly TypedOptions[] = [
    { roleSessionName: "ci" },
    { usernameSession: true },
    { externalId: "id" },
    { sourceIdentity: "alice" },
    { serialNumber: "GAHT12345678" },
    { policyArn: ["arn:aws:iam::aws:policy/A"] },
    { tag: ["a=b"] },
  ];
  for (const options of single) {
    const name = Object.keys(options).map(longName)[0];
    await t.step(`refuses ${name}, which requires a role`, () => {
      const message = `${name} requires a role: without one the current session is only narrowed`;
      assertEquals(refusal(() => narrowed({ policy: "{}", ...options })), message);
    });
  }

  await t.step("ignores a session name exported for a web identity", () => {
    assertEquals(narrowed({ policy: "{}" }, { ...SESSION, AWS_ROLE_SESSION_NAME: "pod" }).target.kind, "narrowed");
  });

  await t.step("reports a missing role, and suggests narrowing", () => {
    const error = assertThrows(() => narrowed({}), ArarError, NO_ROLE);
    assertEquals(error.hints, ["without a role, --policy or --duration-seconds can narrow temporary credentials"]);
    assertEquals(refusal(() => narrowed({ webIdentityTokenFile: "/t", policy: "{}" })), NO_ROLE);
  });

  await t.step("explains to a nested arar why there is no role", () => {
    const arn = "arn:aws:sts::123456789012:assumed-role/a/ci";
    const error = assertThrows(() => narrowed({}, { ...SESSION, ARAR_SESSION_ARN: arn }), ArarError, NO_ROLE);
    assertEquals(error.hints[0], `already running as ${arn}: the outer arar removed AWS_ROLE_ARN`);
  });
});
