/**
 * Owns the proof of what two ARNs say about each other.
 * Must not know how an identity is found out.
 */
import { assertEquals } from "@std/assert";
import { alreadyTarget } from "../../lib/aws/identity.ts";

const ROLE = "arn:aws:iam::123456789012:role/deploy";

Deno.test("alreadyTarget()", async (t) => {
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
