/** AWS's rules for one step of a role chain. */
import { assertEquals, assertThrows } from "@std/assert";
import { alreadyTarget, exceedsChain, isThere, refusePartition } from "../../lib/aws/role_chain.ts";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { ArarError } from "../../lib/errors.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const LONG_LIVED = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
const TEMPORARY = { ...LONG_LIVED, sessionToken: "token" };
const ROLE_REQUEST: RoleRequest = {
  roleArn: "arn:aws:iam::123456789012:role/team/deploy",
  sessionName: { kind: "user-name" },
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
  passed: {},
};

/** A session of the role's role with so much time left. */
function session(seconds: number, arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci"): RoleSession {
  const credentials = { ...TEMPORARY, expiration: new Date(NOW + seconds * 1000) };
  return { credentials, arn, accountId: "123456789012" };
}

Deno.test("exceedsChain()", async (t) => {
  const rows = [
    ["more than an hour with temporary credentials", 3601, TEMPORARY, true],
    ["an hour with temporary credentials", 3600, TEMPORARY, false],
    ["no duration with temporary credentials", undefined, TEMPORARY, false],
    ["twelve hours with a user's keys", 43_200, LONG_LIVED, false],
    ["twelve hours with a web identity", 43_200, undefined, false],
  ] as const;
  for (const [what, durationSeconds, credentials, expected] of rows) {
    await t.step(`says ${expected} of ${what}`, () => {
      assertEquals(
        exceedsChain({ ...ROLE_REQUEST, ...(durationSeconds && { durationSeconds }) }, credentials),
        expected,
      );
    });
  }
});

Deno.test("isThere()", async (t) => {
  const rows: readonly (readonly [string, RoleSession, Partial<RoleRequest>, boolean])[] = [
    ["a session of the role with 15 minutes left", session(900), {}, true],
    ["less than 15 minutes left", session(899), {}, false],
    ["as much left as was asked for", session(3600), { durationSeconds: 3600 }, true],
    ["less left than was asked for", session(3599), { durationSeconds: 3600 }, false],
    ["an expired session", session(-1), {}, false],
    ["another role's session", session(3600, "arn:aws:sts::123456789012:assumed-role/other/ci"), {}, false],
    ["a session in another account", session(3600, "arn:aws:sts::210987654321:assumed-role/deploy/ci"), {}, false],
    ["a user", session(3600, "arn:aws:iam::123456789012:user/deploy"), {}, false],
    [
      "a generated session name",
      session(3600),
      { sessionName: { kind: "given", value: "arar-1", generated: true } },
      true,
    ],
    ["a session name that was asked for", session(3600), { sessionName: { kind: "given", value: "ci" } }, false],
    ["a session policy", session(3600), { policy: "{}" }, false],
    ["a managed session policy", session(3600), { policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }, false],
    ["session tags", session(3600), { tags: [{ key: "a", value: "b" }] }, false],
    ["transitive tag keys", session(3600), { transitiveTagKeys: ["a"] }, false],
    ["a source identity", session(3600), { passed: { "source-identity": "alice" } }, false],
    ["an MFA device", session(3600), { mfa: { serialNumber: "GAHT12345678", code: { kind: "ask" } } }, false],
    [
      "an external id, which is no part of a session",
      session(3600),
      { passed: { "external-id": "customer-42" } },
      true,
    ],
  ];
  for (const [what, from, role, expected] of rows) {
    await t.step(
      `says ${expected} of ${what}`,
      () => assertEquals(isThere(from, { ...ROLE_REQUEST, ...role }, NOW), expected),
    );
  }
});

Deno.test("alreadyTarget()", async (t) => {
  const ROLE = "arn:aws:iam::123456789012:role/deploy";
  const rows = [
    ["a session of the role", "arn:aws:sts::123456789012:assumed-role/deploy/ci", ROLE, true],
    [
      "a session of a role with a path",
      "arn:aws:sts::123456789012:assumed-role/deploy/ci",
      "arn:aws:iam::123456789012:role/team/ci/deploy",
      true,
    ],
    [
      "a session in another partition",
      "arn:aws-cn:sts::123456789012:assumed-role/deploy/ci",
      ROLE,
      false,
    ],
    ["another account", "arn:aws:sts::210987654321:assumed-role/deploy/ci", ROLE, false],
    ["another role", "arn:aws:sts::123456789012:assumed-role/deployer/ci", ROLE, false],
    ["a session named like the role", "arn:aws:sts::123456789012:assumed-role/other/deploy", ROLE, false],
    ["the role in other letters", "arn:aws:sts::123456789012:assumed-role/Deploy/ci", ROLE, false],
    ["a user named like the role", "arn:aws:iam::123456789012:user/deploy", ROLE, false],
    ["a federated user", "arn:aws:sts::123456789012:federated-user/deploy", ROLE, false],
    ["the root user", "arn:aws:iam::123456789012:root", ROLE, false],
    ["nonsense", "", "", false],
  ] as const;
  for (const [what, caller, role, expected] of rows) {
    await t.step(`says ${expected} of ${what}`, () => assertEquals(alreadyTarget(caller, role), expected));
  }
});

Deno.test("refusePartition()", async (t) => {
  const rows = [
    ["a caller of the same partition", "arn:aws:iam::123456789012:user/alice"],
    ["a caller of the same partition in another account", "arn:aws:iam::210987654321:user/alice"],
    ["a caller that is not known", undefined],
  ] as const;
  for (const [what, caller] of rows) await t.step(`lets ${what} go on`, () => refusePartition(caller, ROLE_REQUEST));

  await t.step("refuses a caller of another partition", () => {
    const caller = "arn:aws-cn:iam::123456789012:user/alice";
    assertEquals(
      assertThrows(() => refusePartition(caller, ROLE_REQUEST), ArarError).message,
      `caller "${caller}" cannot assume role "${ROLE_REQUEST.roleArn}": a role cannot be assumed across partitions`,
    );
  });
});
