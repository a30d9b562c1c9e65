/** What is read from an answer of STS. Real answers are in `sts_test.ts`. */
import { assertEquals, assertThrows } from "@std/assert";
import { sdkHandler } from "../../lib/aws/http.ts";
import {
  ExpiredCredentialsError,
  IncompleteAnswerError,
  roleSession,
  withServerTime,
} from "../../lib/aws/sts_answer.ts";

const NOON = Date.parse("2030-01-01T12:00:00Z");
const ARN = "arn:aws:sts::123456789012:assumed-role/a/ci";

Deno.test("withServerTime()", async (t) => {
  const afterAnswer = async (headers: Record<string, string>) => {
    const dial = () => Promise.resolve({ status: 200, headers, body: new Uint8Array() });
    const { handler, serverTime } = withServerTime(sdkHandler(dial), () => NOON);
    await handler.handle({ protocol: "https:", hostname: "sts.example", method: "POST", path: "/", headers: {} });
    return serverTime();
  };
  const rows = [
    ["a clock that is right", { date: "Tue, 01 Jan 2030 12:00:59 GMT" }, { time: NOON + 59_000 }],
    ["a clock that is ahead", { date: "Tue, 01 Jan 2030 14:00:00 GMT" }, { time: NOON + 7_200_000, skew: 7_200_000 }],
    ["a clock that is behind", { date: "Tue, 01 Jan 2030 11:59:00 GMT" }, { time: NOON - 60_000, skew: -60_000 }],
    ["no clock without a date", {}, { time: NaN }],
    ["no clock from another date", { date: "now" }, { time: NaN }],
  ] as const;
  for (const [what, headers, expected] of rows) {
    await t.step(`reads ${what}`, async () => assertEquals(await afterAnswer({ ...headers }), expected));
  }
});

Deno.test("roleSession()", async (t) => {
  const onTime = { time: NOON };
  const Credentials = {
    AccessKeyId: "ASIA",
    SecretAccessKey: "secret",
    SessionToken: "token",
    Expiration: new Date(NOON + 1000),
  };

  await t.step("returns the credentials and their identity", () => {
    assertEquals(roleSession({ Credentials }, ARN, onTime), {
      credentials: {
        accessKeyId: "ASIA",
        secretAccessKey: "secret",
        sessionToken: "token",
        expiration: Credentials.Expiration,
      },
      arn: ARN,
      accountId: "123456789012",
    });
  });

  await t.step("accepts a session without an account, as other servers than AWS's issue", () => {
    assertEquals(roleSession({ Credentials }, "arn:aws:sts:::assumed-role/a/ci", onTime).accountId, "");
    assertThrows(() => roleSession({ Credentials }, "a/ci", onTime), IncompleteAnswerError);
  });

  await t.step("prefers the newer measure of the token's size", () => {
    const answer = { Credentials, PackedPolicySize: 1 };
    assertEquals(roleSession(answer, ARN, onTime).tokenUtilization, 1);
    assertEquals(roleSession({ ...answer, SessionTokenUtilization: 7 }, ARN, onTime).tokenUtilization, 7);
  });

  await t.step("refuses an answer that lacks something", () => {
    for (const name of Object.keys(Credentials)) {
      const answer = { Credentials: { ...Credentials, [name]: undefined } };
      assertThrows(() => roleSession(answer, ARN, onTime), IncompleteAnswerError, "no complete credentials");
    }
    assertThrows(() => roleSession({}, ARN, onTime), IncompleteAnswerError);
    assertThrows(() => roleSession({ Credentials }, undefined, onTime), IncompleteAnswerError);
  });

  await t.step("refuses credentials that have expired by the server's clock", () => {
    const late = () => roleSession({ Credentials }, ARN, { time: NOON + 1000 });
    assertThrows(late, ExpiredCredentialsError, "expired at 2030-01-01T12:00:01.000Z");
  });
});
