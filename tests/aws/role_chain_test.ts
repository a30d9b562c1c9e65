/** AWS's rules for one step of a role chain. */
import { assertEquals } from "@std/assert";
import { exceedsChain, isReusable, refusePartition } from "../../lib/aws/role_chain.ts";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { refusal } from "../profile/profiles.ts";
import { REQUEST } from "./requests.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const LONG_LIVED = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
const TEMPORARY = { ...LONG_LIVED, sessionToken: "token" };

Deno.test("exceedsChain()", async (t) => {
  const rows = [
    ["more than an hour with temporary credentials", 3601, TEMPORARY, true],
    ["an hour with temporary credentials", 3600, TEMPORARY, false],
    ["no duration with temporary credentials", undefined, TEMPORARY, false],
    ["twelve hours with a user's keys", 43_200, LONG_LIVED, false],
    ["twelve hours with a web identity", 43_200, undefined, false],
  ] as const;
  for (const [what, seconds, credentials, expected] of rows) {
    await t.step(`is ${expected} for ${what}`, () => {
      assertEquals(exceedsChain({ ...REQUEST, ...(seconds && { durationSeconds: seconds }) }, credentials), expected);
    });
  }
});

Deno.test("isReusable()", async (t) => {
  const session = (seconds: number, arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci"): RoleSession => {
    const credentials = { ...TEMPORARY, expiration: new Date(NOW + seconds * 1000) };
    return { credentials, arn, accountId: "123456789012" };
  };
  const request: RoleRequest = { ...REQUEST, sessionName: { kind: "user-name" } };

  const rows: readonly (readonly [string, RoleSession, Partial<RoleRequest>, boolean])[] = [
    ["a session of the role with 15 minutes left", session(900), {}, true],
    ["less than 15 minutes left", session(899), {}, false],
    ["as much left as was requested", session(3600), { durationSeconds: 3600 }, true],
    ["less left than was requested", session(3599), { durationSeconds: 3600 }, false],
    ["an expired session", session(-1), {}, false],
    ["a generated name", session(3600), { sessionName: { kind: "given", value: "arar-1", generated: true } }, true],
    ["a given session name", session(3600), { sessionName: { kind: "given", value: "ci" } }, false],
    ["a session policy", session(3600), { policy: "{}" }, false],
    ["a managed session policy", session(3600), { policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }, false],
    ["session tags", session(3600), { tags: [{ key: "a", value: "b" }] }, false],
    ["transitive tag keys", session(3600), { transitiveTagKeys: ["a"] }, false],
    ["a source identity", session(3600), { sourceIdentity: "alice" }, false],
    ["an MFA device", session(3600), { mfa: { serialNumber: "GAHT12345678", code: { kind: "ask" } } }, false],
    ["an external ID, which a session does not have", session(3600), { externalId: "customer" }, true],
  ];
  for (const [what, from, role, expected] of rows) {
    await t.step(`is ${expected} for ${what}`, () => {
      assertEquals(isReusable(from, { ...request, ...role }, NOW), expected);
    });
  }

  const callers = [
    [
      "a role with a path",
      "sts::123456789012:assumed-role/deploy/ci",
      "arn:aws:iam::123456789012:role/a/b/deploy",
      true,
    ],
    ["another role", "sts::123456789012:assumed-role/deployer/ci", undefined, false],
    ["another account", "sts::210987654321:assumed-role/deploy/ci", undefined, false],
    [
      "another partition",
      "sts::123456789012:assumed-role/deploy/ci",
      "arn:aws-cn:iam::123456789012:role/deploy",
      false,
    ],
    ["a session named like the role", "sts::123456789012:assumed-role/other/deploy", undefined, false],
    ["the role in upper case", "sts::123456789012:assumed-role/Deploy/ci", undefined, false],
    ["a user named like the role", "iam::123456789012:user/deploy", undefined, false],
    ["a federated user", "sts::123456789012:federated-user/deploy", undefined, false],
    ["the root user", "iam::123456789012:root", undefined, false],
    ["no ARN at all", "", "", false],
  ] as const;
  for (const [what, caller, roleArn = REQUEST.roleArn, expected] of callers) {
    await t.step(`is ${expected} for ${what}`, () => {
      assertEquals(isReusable(session(3600, `arn:aws:${caller}`), { ...request, roleArn }, NOW), expected);
    });
  }
});

Deno.test("refusePartition()", async (t) => {
  for (const caller of ["arn:aws:iam::123456789012:user/alice", "arn:aws:iam::210987654321:user/alice", undefined]) {
    await t.step(`accepts ${caller ?? "an unknown caller"}`, () => refusePartition(caller, REQUEST));
  }

  await t.step("refuses a caller of another partition", () => {
    const caller = "arn:aws-cn:iam::123456789012:user/alice";
    assertEquals(
      refusal(() => refusePartition(caller, REQUEST)),
      `caller "${caller}" cannot assume role "${REQUEST.roleArn}": a role cannot be assumed across partitions`,
    );
  });
});
