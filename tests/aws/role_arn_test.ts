/** Which ARNs are those of roles, and what is read from any ARN. */
import { assert, assertEquals } from "@std/assert";
import { accountOf, accountOfSession, checkRoleArn, partitionOf } from "../../lib/aws/role_arn.ts";
import { quote } from "../../lib/errors.ts";
import { refusal } from "../profile/profiles.ts";
import { PARTITIONS } from "../sts_server.ts";
import { origin } from "../origin.ts";

const ID = "123456789012";
const EXPECTED = "; expected the ARN of an IAM role, arn:aws:iam::123456789012:role/NAME";

function check(value: string, options?: Parameters<typeof checkRoleArn>[1]): string {
  return checkRoleArn({ value, from: origin("--role-arn") }, options);
}

Deno.test("checkRoleArn()", async (t) => {
  const accepted = [
    ...[...PARTITIONS, "aws-moon-base"].map((partition) => `arn:${partition}:iam::${ID}:role/deploy`),
    `arn:aws:iam::${ID}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    `arn:aws:iam::${ID}:role/a!b:c~/deploy`,
    `arn:aws:iam::${ID}:role/Aa0_+=,.@-`,
    `arn:aws:iam::${ID}:role/x`,
    `arn:aws:iam::${ID}:role/${"x".repeat(64)}`,
  ];
  for (const arn of accepted) await t.step(`accepts ${arn}`, () => assertEquals(check(arn), arn));

  const refused = [
    ["a name alone", "deploy", ", which is a name, not an ARN"],
    ["nothing", "", ", which is empty"],
    ["a line break at the end", `arn:aws:iam::${ID}:role/deploy\r\n`, ", which ends with a line break"],
    ["a space at the end", `arn:aws:iam::${ID}:role/deploy `, ", which ends with a space"],
    ["a space at the start", ` arn:aws:iam::${ID}:role/deploy`, ", which begins with a space"],
    ["quotation marks", `"arn:aws:iam::${ID}:role/deploy"`, ", which is quoted"],
    ["no account", "arn:aws:iam:::role/deploy", ", which has no account ID"],
    ["a user", `arn:aws:iam::${ID}:user/deploy`],
    ["a session", `arn:aws:sts::${ID}:assumed-role/deploy/ci`],
    ["an instance profile", `arn:aws:iam::${ID}:instance-profile/deploy`],
    ["an account of eleven digits", "arn:aws:iam::12345678901:role/deploy"],
    ["an account of thirteen digits", "arn:aws:iam::1234567890123:role/deploy"],
    ["a region", `arn:aws:iam:us-east-1:${ID}:role/deploy`],
    ["no name", `arn:aws:iam::${ID}:role/`],
    ["a path without a name", `arn:aws:iam::${ID}:role/team/`],
    ["a name of 65 letters", `arn:aws:iam::${ID}:role/${"x".repeat(65)}`],
    ["more than 2048 characters", `arn:aws:iam::${ID}:role/${"x/".repeat(1100)}deploy`],
    ["a space in the path", `arn:aws:iam::${ID}:role/a b/deploy`, ", which contains a space"],
    ["a letter that is not ASCII", `arn:aws:iam::${ID}:role/déploy`, ", which contains a character that is not ASCII"],
    [
      "digits that are not ASCII",
      "arn:aws:iam::１２３４５６７８９０１２:role/deploy",
      ", which contains a character that is not ASCII",
    ],
    ["another kind of ARN", `arn:azure:iam::${ID}:role/deploy`],
    ["upper case", `ARN:AWS:IAM::${ID}:ROLE/deploy`],
    ["a wildcard", `arn:*:iam::${ID}:role/deploy`],
  ] as const;
  for (const [what, value, problem = ""] of refused) {
    await t.step(`refuses ${what}`, () => {
      assertEquals(refusal(() => check(value)), `--role-arn is ${quote(value)}${problem}${EXPECTED}`);
    });
  }

  const elsewhere = ["", "tenant-1", "RGW33567154695143645", ID].map((account) =>
    `arn:aws:iam::${account}:role/deploy`
  );
  for (const value of [...elsewhere, "arn:aws:iam:::role/team/deploy"]) {
    await t.step(`accepts ${value} if STS may be another than AWS's`, () => {
      assertEquals(check(value, { anyAccount: true }), value);
    });
  }

  await t.step("refuses everything else even then", () => {
    for (const value of ["deploy", "arn:aws:iam:::user/deploy", "arn:aws:iam::a b:role/deploy"]) {
      assert(refusal(() => check(value, { anyAccount: true })).endsWith(EXPECTED));
    }
  });
});

const rows = [
  ["partitionOf()", partitionOf, [
    [`arn:aws-us-gov:sts::${ID}:assumed-role/deploy/ci`, "aws-us-gov"],
    ["arn:aws:s3:::bucket", "aws"],
    ["deploy", undefined],
    ["", undefined],
  ]],
  ["accountOf()", accountOf, [
    [`arn:aws:sts::${ID}:assumed-role/deploy/ci`, ID],
    [`arn:aws-cn:iam::${ID}:root`, ID],
    ["arn:aws:s3:::bucket", undefined],
    ["arn:aws:iam::aws:policy/ReadOnlyAccess", undefined],
    ["", undefined],
  ]],
  ["accountOfSession()", accountOfSession, [
    [`arn:aws:sts::${ID}:assumed-role/deploy/ci`, ID],
    ["arn:aws:sts:::assumed-role/deploy/ci", ""],
    ["arn:aws:sts::tenant:assumed-role/team/deploy/ci", "tenant"],
    [`arn:aws:iam::${ID}:role/deploy`, undefined],
    [`arn:aws:sts::${ID}:federated-user/me`, undefined],
    ["", undefined],
  ]],
] as const;
for (const [name, read, cases] of rows) {
  Deno.test(name, async (t) => {
    for (const [arn, expected] of cases) {
      await t.step(`is ${expected} for ${JSON.stringify(arn)}`, () => assertEquals(read(arn), expected));
    }
  });
}
