/** AWS's rules for roles, their sessions and their chains. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import {
  accountOf,
  accountOfSession,
  callerSessionName,
  checkRoleArn,
  exceedsChain,
  generatedSessionName,
  isReusable,
  partitionOf,
  refusePartition,
} from "../../lib/aws/role_rules.ts";
import { quote } from "../../lib/errors.ts";
import { origin } from "../origin.ts";
import { refusal } from "../profile/profiles.ts";
import { PARTITIONS } from "../sts_server.ts";
import { REQUEST } from "./requests.ts";

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
    [
      "several ARNs",
      "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b",
      ", which is several ARNs: repeat --role-arn for a role chain",
    ],
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

Deno.test("generatedSessionName() is the time in seconds, in a form that STS accepts", () => {
  assertEquals(generatedSessionName(1767225600999), "arar-1767225600");
  assertMatch(generatedSessionName(Date.parse("2999-01-01")), /^[\w+=,.@-]{2,64}$/);
});

Deno.test("callerSessionName()", async (t) => {
  const rows = [
    ...PARTITIONS.map((partition) => [`arn:${partition}:iam::${ID}:user/alice`, "alice", "user"] as const),
    [`arn:aws:iam::${ID}:user/div/team/alice`, "alice", "user"],
    [`arn:aws:sts::${ID}:user/moto`, "moto", "user"],
    [`arn:aws:iam::${ID}:user/a+b=c,d.e@f-g_h`, "a+b=c,d.e@f-g_h", "user"],
    [`arn:aws:sts::${ID}:assumed-role/deploy/ci`, "ci", "assumed-role"],
    [`arn:aws:sts::${ID}:assumed-role/AWSReservedSSO_A_0a1b/erin@example.com`, "erin@example.com", "assumed-role"],
  ] as const;
  for (const [arn, name, kind] of rows) {
    await t.step(`is ${name} for ${arn}`, () => assertEquals(callerSessionName(arn), { name, kind }));
  }

  const use = "; use --role-session-name NAME";
  const refused = [
    [`arn:aws:sts::${ID}:federated-user/bob`, `a federated user has no IAM user name${use}`],
    [`arn:aws:iam::${ID}:user/x`, `a role session name has at least two characters, but this user name has one${use}`],
    [`arn:aws:iam::${ID}:role/deploy`, `this caller has no IAM user name${use}`],
    [`arn:aws:iam::${ID}:user/`, `this caller has no IAM user name${use}`],
    ["alice", `this caller has no IAM user name${use}`],
    [
      `arn:aws:iam::${ID}:root`,
      "the root user has no user name and cannot assume roles; use the keys of an IAM user or role",
    ],
  ] as const;
  for (const [arn, why] of refused) {
    await t.step(`refuses ${arn}`, () => {
      assertEquals(refusal(() => callerSessionName(arn)), `cannot take the session name from caller "${arn}": ${why}`);
    });
  }
});

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
