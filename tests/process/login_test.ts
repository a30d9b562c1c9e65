/** Sessions of `aws login` as source credentials, and their renewal. */
import { assert, assertEquals } from "@std/assert";
import { createHash, generateKeyPairSync } from "node:crypto";
import { profileFiles } from "../profile/profiles.ts";
import { serve } from "../sts_server/http.ts";
import { ROLE_SESSION, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { failure } from "./job.ts";
import { assertChecked, calls, run } from "./signers.ts";

const SESSION = "arn:aws:iam::123456789012:user/alice";
const REFRESH = "login-refresh+TOKEN/EXAMPLE==";

/** A home in which `aws login` was run, whose keys expire in so many seconds, and the service that renews them. */
async function loggedIn(secondsLeft: number, status = 200) {
  const { accessKeyId, secretAccessKey, sessionToken } = ROLE_SESSION;
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  const seen: string[] = [];
  const service = await serve((request, response, body) => {
    const { refreshToken, grantType } = JSON.parse(new TextDecoder().decode(body));
    seen.push(
      `${request.method} ${request.url} ${grantType} ${refreshToken === REFRESH} ${typeof request.headers.dpop}`,
    );
    response.writeHead(status, {
      "content-type": "application/json",
      ...(status !== 200 && { "x-amzn-errortype": "AccessDeniedException" }),
    });
    const renewed = { accessToken: keys, tokenType: "aws_sigv4", expiresIn: 900, refreshToken: REFRESH };
    response.end(JSON.stringify(status === 200 ? renewed : { error: "TOKEN_EXPIRED", message: `not with ${REFRESH}` }));
  });
  const files = profileFiles(
    `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = me\n[profile me]\nlogin_session = ${SESSION}\n`,
  );
  const expiresAt = new Date(Date.now() + secondsLeft * 1000).toISOString();
  // If the keys are to be renewed, STS does not know those in the file.
  const stale = { ...keys, accessKeyId: "ASIASTALEXXXXEXAMPLE" };
  const accessToken = { ...secondsLeft > 300 ? keys : stale, accountId: "123456789012", expiresAt };
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const dpopKey = privateKey.export({ type: "sec1", format: "pem" });
  const name = createHash("sha256").update(SESSION).digest("hex");
  await Deno.writeTextFile(
    `${files.folder}/${name}.json`,
    JSON.stringify({ accessToken, clientId: "client", refreshToken: REFRESH, dpopKey, signInRegion: "eu-west-1" }),
  );
  const env = { ...files.env, AWS_LOGIN_CACHE_DIRECTORY: files.folder, AWS_ENDPOINT_URL_SIGNIN: service.url };
  return {
    seen,
    env,
    secrets: () => [REFRESH, secretAccessKey, sessionToken ?? REFRESH],
    async [Symbol.asyncDispose]() {
      files[Symbol.dispose]();
      await service.stop();
    },
  };
}

const SIGNED = [["AssumeRole", "runner-role/i-0abcdef1234567890", TERRAFORM_ROLE.arn]] as const;
const WHAT = 'cannot get the login session of profile "me": ';
const HINT = "hint: run aws login --profile me";

Deno.test("arar with a login session", async (t) => {
  await t.step("uses its keys", async () => {
    await using home = await loggedIn(3600);
    await using sts = await startSts();
    assertChecked(await run(sts, ["--profile=p"], home.env, home));
    assertEquals(calls(sts), [...SIGNED]);
    assertEquals(home.seen, []);
  });

  await t.step("renews keys that expire soon", async () => {
    await using home = await loggedIn(60);
    await using sts = await startSts();
    assertChecked(await run(sts, ["--profile=p"], home.env, home));
    assertEquals(calls(sts), [...SIGNED]);
    assertEquals(home.seen, ["POST /v1/token refresh_token true string"]);
  });

  await t.step("suggests logging in again if the keys cannot be renewed", async () => {
    await using home = await loggedIn(-60, 400);
    await using sts = await startSts();
    const result = await run(sts, ["--profile=p"], home.env, home);
    assertEquals(failure(result), [`${WHAT}it has expired or was never started`, HINT]);
    assertEquals(calls(sts), []);
  });

  await t.step("reports a service that cannot be reached", async () => {
    await using home = await loggedIn(-60);
    const env = { ...home.env, AWS_ENDPOINT_URL_SIGNIN: "http://127.0.0.1:2" };
    await using sts = await startSts();
    const [message = "", hint] = failure(await run(sts, ["--profile=p"], env, home));
    assert(message.startsWith(WHAT) && /refused/i.test(message), message);
    assertEquals(hint, "hint: check the network, HTTPS_PROXY and NO_PROXY");
  });
});
