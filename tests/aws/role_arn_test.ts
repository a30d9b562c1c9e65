import { assertEquals, assertThrows } from "@std/assert";
import { accountOf, accountOfSession, parseRoleArn, partitionOf, type RoleArn } from "../../lib/aws/role_arn.ts";
import { ArarError, quote } from "../../lib/errors.ts";
import { PARTITIONS } from "../sts_server.ts";

const ID = "123456789012";
const EXPECTED = "; expected the ARN of an IAM role, arn:aws:iam::123456789012:role/NAME";

function parse(value: string): RoleArn {
  return parseRoleArn({ value, from: "--role-arn" });
}

Deno.test("parseRoleArn()", async (t) => {
  for (const partition of [...PARTITIONS, "aws-moon-base"]) {
    await t.step(`takes a role of ${partition}`, () => {
      const arn = `arn:${partition}:iam::${ID}:role/deploy`;
      assertEquals(parse(arn), { arn, partition, accountId: ID, roleName: "deploy" });
    });
  }

  const names = [
    ["a path", "role/div/team/deploy", "deploy"],
    ["a path of a service", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "AWSServiceRoleForECS"],
    ["a path with signs", "role/a!b:c~/deploy", "deploy"],
    ["every sign a name may have", "role/Aa0_+=,.@-", "Aa0_+=,.@-"],
    ["a name of one letter", "role/x", "x"],
    ["a name of 64 letters", `role/${"x".repeat(64)}`, "x".repeat(64)],
  ] as const;
  for (const [what, resource, name] of names) {
    await t.step(`takes ${what}`, () => assertEquals(parse(`arn:aws:iam::${ID}:${resource}`).roleName, name));
  }

  const bad = [
    ["a name alone", "deploy"],
    ["a user", `arn:aws:iam::${ID}:user/deploy`],
    ["a session", `arn:aws:sts::${ID}:assumed-role/deploy/ci`],
    ["an instance profile", `arn:aws:iam::${ID}:instance-profile/deploy`],
    ["an account of eleven digits", "arn:aws:iam::12345678901:role/deploy"],
    ["an account of thirteen digits", "arn:aws:iam::1234567890123:role/deploy"],
    ["no account", "arn:aws:iam:::role/deploy"],
    ["a region", `arn:aws:iam:us-east-1:${ID}:role/deploy`],
    ["no name", `arn:aws:iam::${ID}:role/`],
    ["a path without a name", `arn:aws:iam::${ID}:role/team/`],
    ["a name of 65 letters", `arn:aws:iam::${ID}:role/${"x".repeat(65)}`],
    ["more than 2048 characters", `arn:aws:iam::${ID}:role/${"x/".repeat(1100)}deploy`],
    ["a space before", ` arn:aws:iam::${ID}:role/deploy`],
    ["a line break after", `arn:aws:iam::${ID}:role/deploy\n`],
    ["a space in the path", `arn:aws:iam::${ID}:role/a b/deploy`],
    ["a letter outside ASCII", `arn:aws:iam::${ID}:role/déploy`],
    ["digits outside ASCII", "arn:aws:iam::１２３４５６７８９０１２:role/deploy"],
    ["another kind of ARN", `arn:azure:iam::${ID}:role/deploy`],
    ["capitals", `ARN:AWS:IAM::${ID}:ROLE/deploy`],
    ["a wildcard", `arn:*:iam::${ID}:role/deploy`],
  ] as const;
  for (const [what, value] of bad) {
    await t.step(`refuses ${what}`, () => {
      const { message } = assertThrows(() => parse(value), ArarError);
      assertEquals(message.startsWith('--role-arn is "'), true, message);
      assertEquals(message.endsWith(EXPECTED), true, message);
    });
  }

  const problems = [
    ["deploy", ", which is a name, not an ARN"],
    ["", ", which is empty"],
    [`arn:aws:iam::${ID}:role/deploy\r\n`, ", which ends with a line break"],
    [`arn:aws:iam::${ID}:role/deploy `, ", which ends with a space"],
    [`"arn:aws:iam::${ID}:role/deploy"`, ", which is quoted"],
    ["arn:aws:iam:::role/deploy", ", which has no account"],
    [`arn:aws:iam::${ID}:user/deploy`, ""],
  ] as const;
  for (const [value, problem] of problems) {
    await t.step(`says of ${JSON.stringify(value)}${problem || " what is expected"}`, () => {
      const { message } = assertThrows(() => parse(value), ArarError);
      assertEquals(message.slice(`--role-arn is ${quote(value)}`.length), `${problem}${EXPECTED}`);
    });
  }

  const elsewhere = [
    ["arn:aws:iam:::role/deploy", ""],
    ["arn:aws:iam:::role/team/deploy", ""],
    ["arn:aws:iam::tenant-1:role/deploy", "tenant-1"],
    ["arn:aws:iam::RGW33567154695143645:role/deploy", "RGW33567154695143645"],
    [`arn:aws:iam::${ID}:role/deploy`, ID],
  ] as const;
  for (const [value, account] of elsewhere) {
    await t.step(`takes ${value} where STS may be somebody else's`, () => {
      const { accountId, roleName } = parseRoleArn({ value, from: "--role-arn" }, { allowNoAccount: true });
      assertEquals([accountId, roleName], [account, "deploy"]);
    });
  }

  await t.step("takes nothing else there", () => {
    for (const value of ["deploy", "arn:aws:iam:::user/deploy", "arn:aws:iam::a b:role/deploy"]) {
      assertThrows(() => parseRoleArn({ value, from: "--role-arn" }, { allowNoAccount: true }), ArarError);
    }
  });
});

Deno.test("partitionOf()", async (t) => {
  const rows = [
    [`arn:aws-us-gov:sts::${ID}:assumed-role/deploy/ci`, "aws-us-gov"],
    ["arn:aws:s3:::bucket", "aws"],
    ["deploy", undefined],
    ["", undefined],
  ] as const;
  for (const [arn, expected] of rows) {
    await t.step(`of ${JSON.stringify(arn)} is ${expected}`, () => assertEquals(partitionOf(arn), expected));
  }
});

Deno.test("accountOf()", async (t) => {
  const rows = [
    [`arn:aws:sts::${ID}:assumed-role/deploy/ci`, ID],
    [`arn:aws-cn:iam::${ID}:root`, ID],
    ["arn:aws:s3:::bucket", undefined],
    ["arn:aws:iam::aws:policy/ReadOnlyAccess", undefined],
    ["", undefined],
  ] as const;
  for (const [arn, expected] of rows) {
    await t.step(`of ${JSON.stringify(arn)} is ${expected}`, () => assertEquals(accountOf(arn), expected));
  }
});

Deno.test("accountOfSession()", async (t) => {
  const rows = [
    [`arn:aws:sts::${ID}:assumed-role/deploy/ci`, ID],
    ["arn:aws:sts:::assumed-role/deploy/ci", ""],
    ["arn:aws:sts::tenant:assumed-role/team/deploy/ci", "tenant"],
    [`arn:aws:iam::${ID}:role/deploy`, undefined],
    [`arn:aws:sts::${ID}:federated-user/me`, undefined],
    ["", undefined],
  ] as const;
  for (const [arn, expected] of rows) {
    await t.step(`of ${JSON.stringify(arn)} is ${JSON.stringify(expected)}`, () => {
      assertEquals(accountOfSession(arn), expected);
    });
  }
});
