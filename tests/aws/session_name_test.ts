/** The generated session name, and the one that each kind of caller has. */
import { assertEquals, assertMatch } from "@std/assert";
import { callerSessionName, generatedSessionName } from "../../lib/aws/session_name.ts";
import { refusal } from "../profile/profiles.ts";
import { PARTITIONS } from "../sts_server.ts";

const ID = "123456789012";

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
