/**
 * Owns the proof that each condition of trust is kept, with a request that passes beside each that does not.
 * Must not know arar.
 */
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { assertEquals } from "@std/assert";
import {
  ALICE,
  ALICE_MFA,
  type Caller,
  CHAINED_ROLE,
  CLOSED_ROLE,
  CROSS_ACCOUNT_ROLE,
  EXTERNAL_ID,
  EXTERNAL_ID_ROLE,
  FEDERATED_USER,
  IDENTITY_CENTER,
  MFA_ROLE,
  ONE_HOUR_ROLE,
  PARTITION_USERS,
  PATH_ROLE,
  type Role,
  role,
  ROLE_SESSION,
  ROOT,
  startSts,
  TERRAFORM_ROLE,
  UNTAGGABLE_ROLE,
  USER_NAME_ROLE,
  USER_WITH_PATH,
} from "../sts_server.ts";
import { assertRefused, assume } from "./client.ts";

type Input = Partial<AssumeRoleCommandInput>;

const SERIAL = ALICE_MFA.serial;
const [CODE = "", NEXT_CODE = ""] = ALICE_MFA.codes;
const NOT_AUTHORIZED = " is not authorized to perform: sts:AssumeRole on ";
const CHAIN_LIMIT =
  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";

const passes: readonly [string, Role, Caller, Input][] = [
  ["a plain role", TERRAFORM_ROLE, ALICE, {}],
  ["a role with a path", PATH_ROLE, ALICE, {}],
  ["an Identity Center caller", TERRAFORM_ROLE, IDENTITY_CENTER, {}],
  ["another account's role", CROSS_ACCOUNT_ROLE, ALICE, {}],
  ["the user's name", USER_NAME_ROLE, USER_WITH_PATH, {
    RoleSessionName: "bob",
  }],
  ["the external id", EXTERNAL_ID_ROLE, ALICE, { ExternalId: EXTERNAL_ID }],
  ["the MFA code", MFA_ROLE, ALICE, { SerialNumber: SERIAL, TokenCode: CODE }],
  ["tags", TERRAFORM_ROLE, ALICE, { Tags: [{ Key: "a", Value: "b" }] }],
  ["a long session", TERRAFORM_ROLE, ALICE, { DurationSeconds: 43200 }],
  ["an hour of a chain", TERRAFORM_ROLE, ROLE_SESSION, {
    DurationSeconds: 3600,
  }],
];

const denied: readonly [string, Role, Caller, Input, string][] = [
  ["a closed role", CLOSED_ROLE, ALICE, {}, NOT_AUTHORIZED],
  ["a role that is not there", role("nowhere"), ALICE, {}, NOT_AUTHORIZED],
  ["a user where a role is trusted", CHAINED_ROLE, ALICE, {}, NOT_AUTHORIZED],
  ["another session name", USER_NAME_ROLE, ALICE, {}, NOT_AUTHORIZED],
  ["a caller without a user name", USER_NAME_ROLE, ROLE_SESSION, {
    RoleSessionName: "runner-role",
  }, NOT_AUTHORIZED],
  ["no external id", EXTERNAL_ID_ROLE, ALICE, {}, NOT_AUTHORIZED],
  ["another external id", EXTERNAL_ID_ROLE, ALICE, {
    ExternalId: "customer:43",
  }, NOT_AUTHORIZED],
  ["no MFA", MFA_ROLE, ALICE, {}, NOT_AUTHORIZED],
  ["a serial without a code", MFA_ROLE, ALICE, {
    SerialNumber: SERIAL,
  }, "must provide both MFA serial number and one time pass code."],
  ["a wrong code", TERRAFORM_ROLE, ALICE, {
    SerialNumber: SERIAL,
    TokenCode: "000000",
  }, "MultiFactorAuthentication failed with invalid MFA one time pass code."],
  ["another's device", MFA_ROLE, USER_WITH_PATH, {
    SerialNumber: SERIAL,
    TokenCode: CODE,
  }, "unable to validate MFA code."],
  ["tags where they may not be set", UNTAGGABLE_ROLE, ALICE, {
    Tags: [{ Key: "a", Value: "b" }],
  }, "is not authorized to perform: sts:TagSession on "],
  ["root", TERRAFORM_ROLE, ROOT, {}, "may not be assumed by root accounts."],
  ["a federated user", TERRAFORM_ROLE, FEDERATED_USER, {}, NOT_AUTHORIZED],
];

Deno.test("checkTrust()", async (t) => {
  for (const [name, { arn }, caller, input] of passes) {
    await t.step(`takes ${name}`, async () => {
      await using sts = await startSts();
      const { output } = await assume(sts, { RoleArn: arn, ...input }, caller);
      const session = input.RoleSessionName ?? "test";
      const [account, last] = [arn.split(":")[4], arn.split("/").at(-1)];
      const expected = `arn:aws:sts::${account}:assumed-role/${last}/${session}`;
      assertEquals(output.AssumedRoleUser?.Arn, expected);
    });
  }

  for (const [name, { arn }, caller, input, message] of denied) {
    await t.step(`denies ${name}`, async () => {
      await using sts = await startSts();
      const call = assume(sts, { RoleArn: arn, ...input }, caller);
      await assertRefused(call, "AccessDenied", 403, message);
    });
  }

  await t.step("names the caller and the role", async () => {
    await using sts = await startSts();
    const message = `User: ${ALICE.arn} is not authorized to perform: sts:AssumeRole on resource: ${CLOSED_ROLE.arn}`;
    const call = assume(sts, { RoleArn: CLOSED_ROLE.arn });
    await assertRefused(call, "AccessDenied", 403, message);
  });

  await t.step("takes an MFA code once", async () => {
    await using sts = await startSts();
    const input = { RoleArn: MFA_ROLE.arn, SerialNumber: SERIAL };
    await assume(sts, { ...input, TokenCode: CODE });
    const again = assume(sts, { ...input, TokenCode: CODE });
    await assertRefused(again, "AccessDenied", 403, "invalid MFA one time");
    await assume(sts, { ...input, TokenCode: NEXT_CODE });
  });

  await t.step("keeps to the partition", async () => {
    await using sts = await startSts();
    for (const caller of PARTITION_USERS) {
      const partition = caller.arn.split(":")[1] ?? "";
      const arn = TERRAFORM_ROLE.arn.replace("aws", partition);
      const { output } = await assume(sts, { RoleArn: arn }, caller);
      assertEquals(output.AssumedRoleUser?.Arn?.split(":")[1], partition);
      const abroad = assume(sts, { RoleArn: arn }, ALICE);
      await assertRefused(abroad, "AccessDenied", 403, NOT_AUTHORIZED);
    }
  });

  await t.step("lets sessions in where their role is trusted, not where it is itself", async () => {
    await using sts = await startSts();
    const first = await assume(sts);
    const { output } = await assume(sts, { RoleArn: CHAINED_ROLE.arn }, first);
    const arn = "arn:aws:sts::123456789012:assumed-role/chained-role/test";
    assertEquals(output.AssumedRoleUser?.Arn, arn);
    const again = assume(sts, { RoleArn: TERRAFORM_ROLE.arn }, first);
    await assertRefused(again, "AccessDenied", 403, NOT_AUTHORIZED);
  });

  await t.step("keeps the source identity along the chain", async () => {
    await using sts = await startSts();
    const first = await assume(sts, { SourceIdentity: "alice" });
    assertEquals(first.output.SourceIdentity, "alice");
    const input = { RoleArn: CHAINED_ROLE.arn };
    const next = await assume(sts, input, first);
    assertEquals(next.output.SourceIdentity, "alice");
    const other = assume(sts, { ...input, SourceIdentity: "bob" }, first);
    await assertRefused(other, "AccessDenied", 403, "sts:SetSourceIdentity");
  });
});

Deno.test("checkDuration()", async (t) => {
  await t.step("limits a chained session to an hour", async () => {
    await using sts = await startSts();
    const first = await assume(sts);
    const input = { RoleArn: CHAINED_ROLE.arn, DurationSeconds: 3601 };
    const call = assume(sts, input, first);
    await assertRefused(call, "ValidationError", 400, CHAIN_LIMIT);
    const samples = assume(sts, { DurationSeconds: 7200 }, ROLE_SESSION);
    await assertRefused(samples, "ValidationError", 400, CHAIN_LIMIT);
  });

  await t.step("limits a session to what the role allows", async () => {
    await using sts = await startSts();
    const input = { RoleArn: ONE_HOUR_ROLE.arn, DurationSeconds: 3601 };
    const message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    const call = assume(sts, input);
    await assertRefused(call, "ValidationError", 400, message);
  });
});
