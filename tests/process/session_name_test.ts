/**
 * `--username-session` for every kind of caller.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Caller,
  callerEnv,
  FEDERATED_USER,
  IDENTITY_CENTER,
  ROLE_SESSION,
  startSts,
  USER_NAME_ROLE,
  USER_WITH_PATH,
} from "../sts_server.ts";
import { actions, failure, job, lastAssumeRole, QUIET, SHOW } from "./job.ts";

Deno.test("--username-session", async (t) => {
  await t.step("makes one additional call", async () => {
    await using sts = await startSts();
    await job(sts, ["-u", ...QUIET]);
    await job(sts, QUIET);
    assertEquals(actions(sts), ["GetCallerIdentity", "AssumeRole", "AssumeRole"]);
  });

  await t.step("satisfies a trust policy that requires the user name; without -u, the hint names it", async () => {
    await using sts = await startSts();
    const role = { AWS_ROLE_ARN: USER_NAME_ROLE.arn };
    assertEquals((await job(sts, ["-u", ...QUIET], role)).code, 0);
    const [message, hint] = failure(await job(sts, SHOW, role));
    assertStringIncludes(message ?? "", "AccessDenied");
    assertStringIncludes(hint ?? "", "the trust policy requires the user name as the session name: use -u");
  });

  await t.step("uses the last segment of a user with a path", async () => {
    assertEquals(await nameOf(USER_WITH_PATH), ["bob", "bob, the caller's IAM user name"]);
  });

  await t.step("keeps the session name of a role or an Identity Center user, which -v reports", async () => {
    const note = ", the caller's own session name, since an assumed role has no user name";
    assertEquals(await nameOf(ROLE_SESSION), ["i-0abcdef1234567890", `i-0abcdef1234567890${note}`]);
    assertEquals(await nameOf(IDENTITY_CENTER), ["erin@example.com", `erin@example.com${note}`]);
  });

  await t.step("is refused for a caller without a user name, with what to use instead", async () => {
    await using sts = await startSts();
    assertEquals(failure(await job(sts, ["-u", ...SHOW], callerEnv(FEDERATED_USER))), [
      `cannot take the session name from caller "${FEDERATED_USER.arn}": a federated user has no IAM user name; ` +
      "use --role-session-name NAME",
    ]);
    assertEquals(actions(sts), ["GetCallerIdentity"]);
  });
});

/** The session name that STS received, and what `-v` reports. */
async function nameOf(caller: Caller): Promise<readonly (string | undefined)[]> {
  await using sts = await startSts();
  const { code, stderr } = await job(sts, ["-uv", ...QUIET], callerEnv(caller));
  assertEquals(code, 0, stderr);
  const notes = stderr.split("\n").filter((line) => line.startsWith("arar: session name: "));
  return [lastAssumeRole(sts).RoleSessionName, notes.at(-1)?.replace("arar: session name: ", "")];
}
