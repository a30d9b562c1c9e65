/**
 * Holds what becomes of an answer that issues credentials. Real answers are in `sts_test.ts`.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { ExpiredCredentialsError, IncompleteAnswerError, roleSession } from "../../lib/aws/sts_answer.ts";

const ARN = "arn:aws:sts::123456789012:assumed-role/a/ci";
const NOW = Date.parse("2026-01-01T00:00:00Z");
const CREDENTIALS = {
  AccessKeyId: "ASIA",
  SecretAccessKey: "secret",
  SessionToken: "token",
  Expiration: new Date(NOW + 1000),
};

Deno.test("roleSession()", async (t) => {
  const onTime = { time: NOW };

  await t.step("is the credentials and who they are", () => {
    assertEquals(roleSession({ Credentials: CREDENTIALS }, ARN, onTime), {
      credentials: {
        accessKeyId: "ASIA",
        secretAccessKey: "secret",
        sessionToken: "token",
        expiration: CREDENTIALS.Expiration,
      },
      arn: ARN,
      accountId: "123456789012",
    });
  });

  await t.step("may be in no account where STS is not that of AWS", () => {
    const session = roleSession({ Credentials: CREDENTIALS }, "arn:aws:sts:::assumed-role/a/ci", onTime);
    assertEquals(session.accountId, "");
    assertThrows(() => roleSession({ Credentials: CREDENTIALS }, "a/ci", onTime), IncompleteAnswerError);
  });

  await t.step("prefers the newer measure of the token's size", () => {
    const answer = { Credentials: CREDENTIALS, PackedPolicySize: 1 };
    assertEquals(roleSession(answer, ARN, onTime).tokenUtilization, 1);
    assertEquals(roleSession({ ...answer, SessionTokenUtilization: 7 }, ARN, onTime).tokenUtilization, 7);
  });

  await t.step("is refused where a part is missing", () => {
    for (const name of Object.keys(CREDENTIALS)) {
      const answer = { Credentials: { ...CREDENTIALS, [name]: undefined } };
      assertThrows(() => roleSession(answer, ARN, onTime), IncompleteAnswerError, "no complete credentials");
    }
    assertThrows(() => roleSession({ Credentials: CREDENTIALS }, undefined, onTime), IncompleteAnswerError);
  });

  await t.step("is refused where it has expired by the server's clock", () => {
    const late = { time: NOW + 1000 };
    assertThrows(
      () => roleSession({ Credentials: CREDENTIALS }, ARN, late),
      ExpiredCredentialsError,
      "expired at 2026-01-01T00:00:01.000Z",
    );
  });
});
