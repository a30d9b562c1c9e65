/**
 * Holds which roles are assumed for a target.
 */
import { assertEquals } from "@std/assert";
import { type RoleRequest, rolesOf } from "../../lib/aws/role_request.ts";

Deno.test("rolesOf()", async (t) => {
  const role: RoleRequest = {
    roleArn: "arn:aws:iam::123456789012:role/a",
    sessionName: { kind: "user-name" },
    policyArns: [],
    tags: [],
    transitiveTagKeys: [],
    passed: {},
  };

  await t.step(
    "is each role of a chain",
    () => assertEquals(rolesOf({ kind: "roles", roles: [role, role] }), [role, role]),
  );

  await t.step("is none where a session is narrowed", () => {
    assertEquals(rolesOf({ kind: "narrowed", durationSeconds: 60 }), []);
  });
});
