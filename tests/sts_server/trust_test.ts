/**
 * Trust conditions that are not met. What passes, and the refusals that arar explains, are seen by the process tests.
 */
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { assertEquals } from "@std/assert";
import {
  ALICE,
  ALICE_MFA,
  type Caller,
  CHAINED_ROLE,
  EXTERNAL_ID_ROLE,
  FEDERATED_USER,
  MFA_ROLE,
  PARTITION_USERS,
  type Role,
  role,
  ROLE_SESSION,
  ROOT,
  startSts,
  TERRAFORM_ROLE,
  USER_NAME_ROLE,
} from "../sts_server.ts";
import { assertRefused, assume } from "./client.ts";

const NOT_AUTHORIZED = " is not authorized to perform: sts:AssumeRole on ";

Deno.test("checkTrust()", async (t) => {
  const denied: readonly (readonly [string, Role, Caller, Partial<AssumeRoleCommandInput>, string?])[] = [
    ["a role that does not exist", role("nowhere"), ALICE, {}],
    ["a user where a role is trusted", CHAINED_ROLE, ALICE, {}],
    ["another session name", USER_NAME_ROLE, ALICE, {}],
    ["a caller without a user name", USER_NAME_ROLE, ROLE_SESSION, { RoleSessionName: "runner-role" }],
    ["no external id", EXTERNAL_ID_ROLE, ALICE, {}],
    ["another external id", EXTERNAL_ID_ROLE, ALICE, { ExternalId: "customer:43" }],
    ["no MFA", MFA_ROLE, ALICE, {}],
    ["root", TERRAFORM_ROLE, ROOT, {}, "may not be assumed by root accounts."],
    ["a federated user", TERRAFORM_ROLE, FEDERATED_USER, {}],
  ];
  for (const [name, { arn }, caller, input, message = NOT_AUTHORIZED] of denied) {
    await t.step(`denies ${name}`, async () => {
      await using sts = await startSts();
      await assertRefused(assume(sts, { RoleArn: arn, ...input }, caller), "AccessDenied", 403, message);
    });
  }

  await t.step("accepts an MFA code once", async () => {
    await using sts = await startSts();
    const [code, next] = ALICE_MFA.codes;
    const input = { RoleArn: MFA_ROLE.arn, SerialNumber: ALICE_MFA.serial };
    await assume(sts, { ...input, TokenCode: code });
    await assertRefused(assume(sts, { ...input, TokenCode: code }), "AccessDenied", 403, "invalid MFA one time");
    await assume(sts, { ...input, TokenCode: next });
  });

  await t.step("keeps to the partition", async () => {
    await using sts = await startSts();
    for (const caller of PARTITION_USERS) {
      const arn = TERRAFORM_ROLE.arn.replace("aws", caller.arn.split(":")[1] ?? "");
      const { output } = await assume(sts, { RoleArn: arn }, caller);
      assertEquals(output.AssumedRoleUser?.Arn?.split(":")[1], caller.arn.split(":")[1]);
      await assertRefused(assume(sts, { RoleArn: arn }, ALICE), "AccessDenied", 403, NOT_AUTHORIZED);
    }
  });

  await t.step("lets sessions assume roles that trust theirs, not their own role", async () => {
    await using sts = await startSts();
    const first = await assume(sts);
    await assume(sts, { RoleArn: CHAINED_ROLE.arn }, first);
    await assertRefused(assume(sts, {}, first), "AccessDenied", 403, NOT_AUTHORIZED);
  });
});

Deno.test("checkDuration() limits a chained session to an hour", async () => {
  await using sts = await startSts();
  const message = "exceeds the 1 hour session limit for roles assumed by role chaining.";
  const call = assume(sts, { RoleArn: CHAINED_ROLE.arn, DurationSeconds: 3601 }, await assume(sts));
  await assertRefused(call, "ValidationError", 400, message);
  await assertRefused(assume(sts, { DurationSeconds: 7200 }, ROLE_SESSION), "ValidationError", 400, message);
});
