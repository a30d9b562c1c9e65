/** Which role session names are accepted, and which one each kind of caller has. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { callerSessionName, generatedSessionName } from "../../lib/aws/session_name.ts";
import { ArarError } from "../../lib/errors.ts";
import { PARTITIONS } from "../sts_server.ts";

const ID = "123456789012";

Deno.test("generatedSessionName()", async (t) => {
  await t.step(
    "is made of the time, in seconds",
    () => assertEquals(generatedSessionName(1767225600999), "arar-1767225600"),
  );

  await t.step("is a name that STS takes", () => {
    const value = generatedSessionName(Date.parse("2999-01-01"));
    assertMatch(value, /^[\w+=,.@-]{2,64}$/);
  });
});

Deno.test("callerSessionName()", async (t) => {
  for (const partition of PARTITIONS) {
    await t.step(`of a user of ${partition} is the user's name`, () => {
      assertEquals(callerSessionName(`arn:${partition}:iam::${ID}:user/alice`), { name: "alice", kind: "user" });
    });
  }

  const rows = [
    ["a user with a path", "iam", "user/div/team/alice", "alice", "user"],
    ["the user that moto makes up", "sts", "user/moto", "moto", "user"],
    ["a user with signs in the name", "iam", "user/a+b=c,d.e@f-g_h", "a+b=c,d.e@f-g_h", "user"],
    ["an assumed role", "sts", "assumed-role/deploy/ci", "ci", "assumed-role"],
    [
      "an Identity Center user",
      "sts",
      "assumed-role/AWSReservedSSO_Developer_0a1b/erin@example.com",
      "erin@example.com",
      "assumed-role",
    ],
    ["an instance", "sts", "assumed-role/runner/i-0abcdef1234567890", "i-0abcdef1234567890", "assumed-role"],
  ] as const;
  for (const [what, service, resource, name, kind] of rows) {
    await t.step(`of ${what} is ${name}`, () => {
      assertEquals(callerSessionName(`arn:aws:${service}::${ID}:${resource}`), { name, kind });
    });
  }

  const refused = [
    [`arn:aws:sts::${ID}:federated-user/bob`, "a federated user has no IAM user name"],
    [
      `arn:aws:iam::${ID}:user/x`,
      "a role session name has at least two characters, this user name has one",
    ],
    [`arn:aws:iam::${ID}:role/deploy`, "this caller has no IAM user name"],
    [`arn:aws:iam::${ID}:user/`, "this caller has no IAM user name"],
    ["alice", "this caller has no IAM user name"],
  ] as const;
  for (const [arn, why] of refused) {
    await t.step(`refuses ${arn}`, () => {
      assertEquals(
        assertThrows(() => callerSessionName(arn), ArarError).message,
        `cannot take the session name from caller "${arn}": ${why}; use --role-session-name NAME`,
      );
    });
  }

  await t.step("refuses root, for which no other name would help either", () => {
    const arn = `arn:aws:iam::${ID}:root`;
    assertEquals(
      assertThrows(() => callerSessionName(arn), ArarError).message,
      `cannot take the session name from caller "${arn}": the root user has none, nor can it assume roles; ` +
        "use the keys of an IAM user or of a role",
    );
  });
});
