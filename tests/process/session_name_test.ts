/**
 * Which name a session gets, for every kind of caller, on the real program.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Caller,
  callerEnv,
  FEDERATED_USER,
  IDENTITY_CENTER,
  ONE_LETTER_USER,
  ROLE_SESSION,
  ROOT,
  startSts,
  USER_NAME_ROLE,
  USER_WITH_PATH,
} from "../sts_server.ts";
import { actions, failure, job, lastAssumeRole, QUIET, SHOW } from "./job.ts";

Deno.test("session name", async (t) => {
  await t.step("is the flag, ARAR_USERNAME_SESSION, AWS_ROLE_SESSION_NAME or generated, in this order", async () => {
    await using sts = await startSts();
    const name = async (words: readonly string[], env: Record<string, string> = {}) => {
      const { code, stderr } = await job(sts, [...words, ...QUIET], env);
      assertEquals([code, stderr], [0, ""]);
      return lastAssumeRole(sts).RoleSessionName;
    };
    const both = { ARAR_USERNAME_SESSION: "1", AWS_ROLE_SESSION_NAME: "exported" };
    assertEquals(await name(["--role-session-name=typed"], both), "typed");
    assertEquals(await name([], both), "alice");
    assertEquals(await name(["-u"], { AWS_ROLE_SESSION_NAME: "exported" }), "alice");
    assertEquals(await name([], { AWS_ROLE_SESSION_NAME: "exported" }), "exported");
    assertMatch(await name([]) ?? "", /^arar-\d{10}$/);
  });

  await t.step("is refused where STS would refuse it, never changed, before any call", async () => {
    await using sts = await startSts();
    const long = "n".repeat(65);
    for (const name of ["x", "two words", "slash/name", "näme", "日本", "a:b", long]) {
      const [message] = failure(await job(sts, [`--role-session-name=${name}`, ...SHOW]));
      assertEquals(
        message,
        `--role-session-name is "${name}"; expected 2 to 64 characters of A-Za-z0-9_+=,.@-`,
      );
    }
    assertMatch(
      failure(await job(sts, SHOW, { AWS_ROLE_SESSION_NAME: "no/slash" }))[0] ?? "",
      /^AWS_ROLE_SESSION_NAME is /,
    );
    assertEquals(sts.requests.length, 0);
    const odd = "A_z+=,.@-9";
    await job(sts, [`--role-session-name=${odd}`, ...QUIET]);
    assertEquals(lastAssumeRole(sts).RoleSessionName, odd);
  });
});

Deno.test("--username-session", async (t) => {
  await t.step("makes one call more, and only with it", async () => {
    await using sts = await startSts();
    await job(sts, ["-u", ...QUIET]);
    await job(sts, QUIET);
    assertEquals(actions(sts), ["GetCallerIdentity", "AssumeRole", "AssumeRole"]);
  });

  await t.step("satisfies a trust policy that demands it, and its refusal names -u", async () => {
    await using sts = await startSts();
    const role = { AWS_ROLE_ARN: USER_NAME_ROLE.arn };
    assertEquals((await job(sts, ["-u", ...QUIET], role)).code, 0);
    const [message, hint] = failure(await job(sts, SHOW, role));
    assertStringIncludes(message ?? "", "AccessDenied");
    assertStringIncludes(hint ?? "", "the trust policy requires the user name as the session name: use -u");
  });

  await t.step("takes the last segment of a user's path", async () => {
    assertEquals(await nameOf(USER_WITH_PATH), ["bob", "bob, the caller's IAM user name"]);
  });

  await t.step("carries on the session name of a role or an Identity Center user, and -v says so", async () => {
    const note = ", the caller's own session name, since an assumed role has no user name";
    assertEquals(await nameOf(ROLE_SESSION), ["i-0abcdef1234567890", `i-0abcdef1234567890${note}`]);
    assertEquals(await nameOf(IDENTITY_CENTER), ["erin@example.com", `erin@example.com${note}`]);
  });

  await t.step(
    "is refused for root, federated users and one-letter names, with who they are and what to use",
    async () => {
      await using sts = await startSts();
      const refusal = async (caller: Caller) => failure(await job(sts, ["-u", ...SHOW], callerEnv(caller)));
      const cannot = ({ arn }: Caller) => `cannot take the session name from caller "${arn}": `;
      const use = "; use --role-session-name NAME";
      assertEquals(await refusal(ROOT), [
        `${cannot(ROOT)}the root user has no user name and cannot assume roles; use the keys of an IAM user or role`,
      ]);
      assertEquals(await refusal(FEDERATED_USER), [
        `${cannot(FEDERATED_USER)}a federated user has no IAM user name${use}`,
      ]);
      assertEquals(await refusal(ONE_LETTER_USER), [
        `${cannot(ONE_LETTER_USER)}a role session name has at least two characters, but this user name has one${use}`,
      ]);
      assertEquals(new Set(actions(sts)), new Set(["GetCallerIdentity"]));
    },
  );
});

/** What STS was asked for, and what `-v` says of it. */
async function nameOf(caller: Caller): Promise<readonly (string | undefined)[]> {
  await using sts = await startSts();
  const { code, stderr } = await job(sts, ["-uv", ...QUIET], callerEnv(caller));
  assertEquals(code, 0, stderr);
  const notes = stderr.split("\n").filter((line) => line.startsWith("arar: session name: "));
  return [lastAssumeRole(sts).RoleSessionName, notes.at(-1)?.replace("arar: session name: ", "")];
}
