/** AccessDenied is told with its likely causes, fewer the more AWS says. */
import { assertEquals } from "@std/assert";
import { denialHints, type Denied } from "../../lib/aws/denial.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { REQUEST } from "./requests.ts";
import { GITHUB_CLAIMS, GITHUB_JOB, NOW, token } from "./tokens.ts";

const ALICE = "arn:aws:iam::123456789012:user/alice";
const PLAIN = `User: ${ALICE} is not authorized to perform: sts:AssumeRole on resource: ${REQUEST.roleArn}`;

function hints(message: string, more: Partial<Denied> = {}): readonly string[] {
  return denialHints(message, { role: REQUEST, caller: ALICE, now: NOW, ...more });
}

/** One cause a line, the likeliest first. */
function oneEach([likeliest = "", ...others]: readonly string[]): readonly string[] {
  return [likeliest, ...others.map((cause) => `or ${cause}`)];
}

Deno.test("denialHints() lists common causes", async (t) => {
  const trust = "the role's trust policy does not allow this caller";
  const own = "the caller's own policy does not allow sts:AssumeRole on this role";
  const gone = "the role does not exist, or its name is misspelled";
  const name = "the trust policy requires the user name as the session name: use -u";
  const externalId = "it requires an external ID: use --external-id";
  const mfa = "it requires MFA: use --serial-number";
  const rows: readonly (readonly [string, Partial<RoleRequest>, readonly string[]])[] = [
    ["what was not given", {}, [trust, own, gone, name, externalId, mfa]],
    ["no -u if it was given", { sessionName: { kind: "user-name" } }, [trust, own, gone, externalId, mfa]],
    ["no external ID if it was given", { externalId: "customer" }, [trust, own, gone, name, mfa]],
    ["no MFA if it was given", { mfa: { serialNumber: "GAHT12345678", code: { kind: "ask" } } }, [
      ...[trust, own, gone, name, externalId],
    ]],
    ["the permission that tags need", { tags: [{ key: "a", value: "b" }] }, [
      ...[trust, own, gone, name, externalId, mfa, "session tags need sts:TagSession in the trust policy"],
    ]],
    ["the permission that a source identity needs", { sourceIdentity: "alice" }, [
      ...[trust, own, gone, name, externalId, mfa, "a source identity needs sts:SetSourceIdentity in the trust policy"],
    ]],
  ];
  for (const [what, role, causes] of rows) {
    await t.step(what, () => {
      assertEquals(hints(PLAIN, { role: { ...REQUEST, ...role } }), oneEach(causes));
    });
  }

  await t.step("before the claims of a token", () => {
    const message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assertEquals(hints(message, { token: token(GITHUB_JOB), caller: undefined }), [
      ...oneEach(["the role's trust policy does not accept these claims", gone]),
      ...GITHUB_CLAIMS,
    ]);
  });
});

Deno.test("denialHints() does not guess if AWS names what denied", async (t) => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
  const organization = "arn:aws:organizations::111122223333:policy/o-1";
  const named = [
    "with an explicit deny in a service control policy",
    `with an explicit deny in a service control policy: ${organization}/service_control_policy/p-1`,
    `with an explicit deny in a resource control policy: ${organization}/resource_control_policy/p-1`,
    "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/Deny. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/EXAMPLE",
    "with an explicit deny in a permissions boundary: arn:aws:iam::123456789012:policy/Boundary",
    "with an explicit deny in a session policy",
    "with an explicit deny in a VPC endpoint policy",
    ...["identity-based policy", "permissions boundary", "session policy", "service control policy"].map((policy) =>
      `because no ${policy} allows the sts:AssumeRole action`
    ),
  ];
  for (const reason of named) {
    const allow = { Effect: "Allow", Action: "sts:AssumeRole", Resource: REQUEST.roleArn };
    const next = reason.includes("no identity-based")
      ? ["add this statement to the caller's own policy:", JSON.stringify(allow)]
      : [];
    await t.step(reason.slice(0, 60), () => assertEquals(hints(`${PLAIN} ${reason}`), next));
  }

  await t.step("but does if the trust policy has no allow: any of its conditions may have failed", () => {
    const message = `${PLAIN} because no resource-based policy allows the sts:AssumeRole action`;
    assertEquals(hints(message), [
      "the role's trust policy does not allow this caller",
      "or the trust policy requires the user name as the session name: use -u",
      "or it requires an external ID: use --external-id",
      "or it requires MFA: use --serial-number",
    ]);
  });

  for (const action of ["sts:TagSession", "sts:SetSourceIdentity"]) {
    await t.step(`but names what to allow if that is ${action}`, () => {
      const denied = PLAIN.replace("sts:AssumeRole", action);
      assertEquals(hints(denied), [`the trust policy, and the caller's own policy, have to allow ${action} too`]);
      assertEquals(hints(`${denied} because no resource-based policy allows the ${action} action`), [
        `the role's trust policy has to allow ${action} too`,
      ]);
      assertEquals(hints(`${denied} because no identity-based policy allows the ${action} action`), [
        "add this statement to the caller's own policy:",
        JSON.stringify({ Effect: "Allow", Action: action, Resource: REQUEST.roleArn }),
      ]);
    });
  }
});

Deno.test("denialHints() does not suggest -u to the root user, for whom it would fail", () => {
  const root = ["the root user of an account cannot assume roles: use the keys of an IAM user or role"];
  assertEquals(hints("Roles may not be assumed by root accounts.", { caller: undefined }), root);
  assertEquals(hints(PLAIN, { caller: "arn:aws:iam::123456789012:root" }), root);
});

Deno.test("denialHints() recognizes a wrong MFA code", () => {
  assertEquals(hints("MultiFactorAuthentication failed with invalid MFA one time pass code. "), [
    "the MFA code is wrong or was already used: each code works once, so wait for the next one",
  ]);
});
