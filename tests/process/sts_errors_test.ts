/**
 * Refusals of the embedded STS: cause and remedy. All codes and hints are in `tests/aws/explain_test.ts`; here is that the
 * wire format leads to them.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  ALICE,
  always,
  callerEnv,
  CLOSED_ROLE,
  EXPIRED_SESSION,
  EXTERNAL_ID,
  EXTERNAL_ID_ROLE,
  ONE_HOUR_ROLE,
  ROLE_SESSION,
  ROOT,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
} from "../sts_server.ts";
import { type EnvChange, failure, job, QUIET, SHOW } from "./job.ts";

const KEY = "key ****************MPLE";
const roleArn = (AWS_ROLE_ARN: string) => ({ AWS_ROLE_ARN });

async function refused(sts: StsServer, options: readonly string[], change: EnvChange = {}): Promise<readonly string[]> {
  return failure(await job(sts, [...options, "--", ...SHOW], change));
}

Deno.test("STS refuses, in one attempt", async (t) => {
  const denied = `cannot assume role "${CLOSED_ROLE.arn}" as ${ALICE.arn}: AccessDenied`;
  const wrongSecret = { AWS_SECRET_ACCESS_KEY: `${ALICE.secretAccessKey.slice(1)}x` };
  const rows: readonly (readonly [string, readonly string[], EnvChange, message: string, hint: string])[] = [
    ["the caller", ["-u"], roleArn(CLOSED_ROLE.arn), denied, "the role's trust policy does not allow this caller"],
    ["without an external ID", ["-u"], roleArn(EXTERNAL_ID_ROLE.arn), ": AccessDenied", "use --external-id"],
    [
      "root",
      [],
      callerEnv(ROOT),
      "AccessDenied: Roles may not be assumed by root",
      "use the keys of an IAM user or role",
    ],
    [
      "an unknown key",
      ["-u"],
      { AWS_ACCESS_KEY_ID: "AKIAUNKNOWNXXEXAMPLE" },
      `cannot get the caller identity of ${KEY}: Invalid`,
      "was deleted",
    ],
    ["a wrong secret", [], wrongSecret, "SignatureDoesNotMatch: ", "the secret access key does not belong to this"],
    ["an expired session", [], callerEnv(EXPIRED_SESSION), "ExpiredToken: ", "the source credentials have expired"],
    ["a long duration", ["--duration-seconds=2h"], roleArn(ONE_HOUR_ROLE.arn), "ValidationError: ", "use a shorter"],
  ];
  for (const [what, options, change, message, hint] of rows) {
    await t.step(what, async () => {
      await using sts = await startSts();
      const lines = await refused(sts, options, change);
      assertStringIncludes(lines[0] ?? "", message);
      assertStringIncludes(lines.slice(1).join("\n"), hint);
      assertEquals(sts.requests.filter(({ action }) => action === "AssumeRole").length <= 1, true);
    });
  }

  await t.step("an external ID that is given helps", async () => {
    await using sts = await startSts();
    const given = await job(sts, [`--external-id=${EXTERNAL_ID}`, ...QUIET], roleArn(EXTERNAL_ID_ROLE.arn));
    assertEquals(given.code, 0);
  });

  await t.step("more than an hour of role chaining, which is reduced with a warning", async () => {
    await using sts = await startSts();
    const result = await job(sts, ["--duration-seconds=2h", ...QUIET], callerEnv(ROLE_SESSION));
    assertEquals([result.code, sts.requests.at(-1)?.params.DurationSeconds], [0, "3600"]);
    assertEquals(
      result.stderr,
      `arar: warning: "${TERRAFORM_ROLE.arn}" is assumed with temporary credentials (role chaining), which AWS limits to ` +
        "one hour: asking for 3600 s instead of 7200 s\n",
    );
  });

  await t.step("in one line of bounded length, with control characters escaped and secrets masked", async () => {
    const message = `\u001b[2J${ALICE.secretAccessKey} code 345678 ${"x".repeat(5000)}\nsecond line`;
    await using sts = await startSts({ faults: always({ kind: "error", code: "Odd", message, status: 403 }) });
    const [line = ""] = await refused(sts, ["--serial-number=GAHT12345678", "--token-code=345678"]);
    assertMatch(line, /: Odd: \\x1b\[2J\*\*\* code \*\*\* x{1900,2000}$/);
  });

  await t.step("after as many attempts as AWS_MAX_ATTEMPTS allows, three by default", async () => {
    await using sts = await startSts({ faults: always({ kind: "throttle" }) });
    const attempts: number[] = [];
    for (const AWS_MAX_ATTEMPTS of [undefined, "1", "2"]) {
      const before = sts.requests.length;
      await refused(sts, [], { AWS_MAX_ATTEMPTS });
      attempts.push(sts.requests.length - before);
    }
    assertEquals(attempts, [3, 1, 2]);
  });
});
