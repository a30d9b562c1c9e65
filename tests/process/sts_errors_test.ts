/**
 * The messages if STS refuses: cause and remedy.
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
  onAction,
  ONE_HOUR_ROLE,
  ROLE_SESSION,
  ROOT,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
} from "../sts_server.ts";
import { actions, type EnvChange, failure, job, QUIET, SHOW } from "./job.ts";

const ASSUME = `cannot assume role "${TERRAFORM_ROLE.arn}" as key ****************MPLE`;

Deno.test("AccessDenied", async (t) => {
  await t.step("names caller and role, and lists common causes", async () => {
    await using sts = await startSts();
    const [message, hint] = await refused(sts, ["-u"], { AWS_ROLE_ARN: CLOSED_ROLE.arn });
    assertEquals(
      message,
      `cannot assume role "${CLOSED_ROLE.arn}" as ${ALICE.arn}: AccessDenied: User: ${ALICE.arn} is not authorized ` +
        `to perform: sts:AssumeRole on resource: ${CLOSED_ROLE.arn}`,
    );
    assertEquals(
      hint,
      "hint: common causes: the role's trust policy does not allow this caller, or the caller's own policy does not " +
        "allow sts:AssumeRole; the role does not exist, or its name is misspelled; " +
        "it requires an external ID: use --external-id; it requires MFA: use --serial-number",
    );
    const [, other] = await refused(sts, [], { AWS_ROLE_ARN: CLOSED_ROLE.arn });
    assertStringIncludes(other ?? "", "the trust policy requires the user name as the session name: use -u");
  });

  await t.step("suggests --external-id, which helps", async () => {
    await using sts = await startSts();
    const role = { AWS_ROLE_ARN: EXTERNAL_ID_ROLE.arn };
    assertStringIncludes((await refused(sts, [], role))[1] ?? "", "it requires an external ID: use --external-id");
    assertEquals((await job(sts, [`--external-id=${EXTERNAL_ID}`, ...QUIET], role)).code, 0);
  });

  await t.step("has a hint for the root user", async () => {
    await using sts = await startSts();
    const [message, hint] = await refused(sts, [], callerEnv(ROOT));
    assertMatch(message ?? "", /AccessDenied: Roles may not be assumed by root accounts$/);
    assertEquals(
      hint,
      "hint: the root user of an account cannot assume roles: use the keys of an IAM user or role",
    );
  });
});

Deno.test("keys", async (t) => {
  await t.step("that are unknown, wrong, or lack their token have different messages", async () => {
    await using sts = await startSts();
    assertEquals(await refused(sts, [], { AWS_ACCESS_KEY_ID: "AKIAUNKNOWNXXEXAMPLE" }), [
      `${ASSUME}: InvalidClientTokenId: The security token included in the request is invalid`,
      "hint: the access key is unknown, was deleted, or belongs to another partition; temporary keys (ASIA...) need the " +
      "AWS_SESSION_TOKEN they were issued with",
    ]);
    const wrong = await refused(sts, [], { AWS_SECRET_ACCESS_KEY: `${ALICE.secretAccessKey.slice(1)}x` });
    assertMatch(wrong[0] ?? "", /: SignatureDoesNotMatch: The request signature we calculated does not match/);
    assertMatch(wrong[1] ?? "", /^hint: AWS_SECRET_ACCESS_KEY does not belong to this access key/);
    const missing = await refused(sts, ["-u"], { ...callerEnv(ROLE_SESSION), AWS_SESSION_TOKEN: undefined });
    assertMatch(missing[0] ?? "", /^cannot get the caller identity of key \*{16}MPLE: InvalidClientTokenId: /);
  });

  await t.step("that have expired are reported", async () => {
    await using sts = await startSts();
    assertEquals(await refused(sts, [], callerEnv(EXPIRED_SESSION)), [
      `${ASSUME}: ExpiredToken: The security token included in the request is expired`,
      "hint: the source credentials have expired: get new ones",
    ]);
    assertEquals(actions(sts).length, 1);
  });
});

Deno.test("duration", async (t) => {
  await t.step("beyond the role's maximum suggests --duration-seconds", async () => {
    await using sts = await startSts();
    assertEquals(await refused(sts, ["--duration-seconds=2h"], { AWS_ROLE_ARN: ONE_HOUR_ROLE.arn }), [
      `cannot assume role "${ONE_HOUR_ROLE.arn}" as key ****************MPLE: ValidationError: The requested ` +
      "DurationSeconds exceeds the MaxSessionDuration set for this role",
      "hint: use a shorter --duration-seconds, or raise the role's MaxSessionDuration",
    ]);
  });

  await t.step("beyond an hour is reduced for role chaining, with a warning", async () => {
    await using sts = await startSts();
    const result = await job(sts, ["--duration-seconds=2h", ...QUIET], callerEnv(ROLE_SESSION));
    assertEquals([result.code, sts.requests.at(-1)?.params.DurationSeconds], [0, "3600"]);
    assertEquals(
      result.stderr,
      `arar: warning: "${TERRAFORM_ROLE.arn}" is assumed with temporary credentials (role chaining), which AWS limits to ` +
        "one hour: asking for 3600 s instead of 7200 s\n",
    );
  });
});

Deno.test("an error message", async (t) => {
  const error = (code: string, message: string) =>
    onAction("AssumeRole", { kind: "error", code, message, status: 403 } as const);

  await t.step("is one line of bounded length, with control characters escaped and secrets masked", async () => {
    const message = `\u001b[2J${ALICE.secretAccessKey} ${"x".repeat(5000)}\nsecond line`;
    await using sts = await startSts({ faults: error("AccessDenied", message) });
    assertMatch((await refused(sts, []))[0] ?? "", /AccessDenied: \\x1b\[2J\*\*\* x{1900,2000}$/);
  });

  await t.step("shows no MFA code, but an account ID with the same digits", async () => {
    await using sts = await startSts({ faults: error("Odd", "code 345678 is not that of 123456789012") });
    const [message = ""] = await refused(sts, ["--serial-number=GAHT12345678", "--token-code=345678"]);
    assertMatch(message, /: Odd: code \*\*\* is not that of 123456789012$/);
  });
});

Deno.test("retries", async (t) => {
  await t.step("are limited by AWS_MAX_ATTEMPTS, three by default", async () => {
    await using sts = await startSts({ faults: always({ kind: "throttle" }) });
    const attempts = async (AWS_MAX_ATTEMPTS?: string) => {
      const before = sts.requests.length;
      await refused(sts, [], { AWS_MAX_ATTEMPTS });
      return sts.requests.length - before;
    };
    assertEquals([await attempts(), await attempts("1"), await attempts("2")], [3, 1, 2]);
    assertEquals(await refused(sts, [], { AWS_MAX_ATTEMPTS: "0" }), [
      'AWS_MAX_ATTEMPTS is "0"; expected a number of attempts, 1 to 99',
    ]);
  });

  await t.step("are not made after a refusal, since an MFA code works once", async () => {
    await using sts = await startSts();
    await refused(sts, [], { AWS_ROLE_ARN: CLOSED_ROLE.arn });
    assertEquals(actions(sts), ["AssumeRole"]);
  });
});

async function refused(sts: StsServer, options: readonly string[], change: EnvChange = {}): Promise<readonly string[]> {
  return failure(await job(sts, [...options, "--", ...SHOW], change));
}
