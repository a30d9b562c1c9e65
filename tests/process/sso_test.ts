/**
 * Owns the proof that the keys of IAM Identity Center (SSO) sign, with a home and a portal of its own.
 * Must not know how profiles lead there.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { profileFiles } from "../aws/profiles.ts";
import { serve } from "../sts_server/http.ts";
import { ROLE_SESSION, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { calls, run } from "./signers.ts";

describe("arar with SSO", () => {
  const START = "https://example.awsapps.com/start";
  const TOKEN = "sso-access+TOKEN/EXAMPLE==";
  const legacy =
    `sso_start_url = ${START}\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Reader\n`;
  const session = `sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n` +
    `[sso-session corp]\nsso_start_url = ${START}\nsso_region = eu-west-1\n`;

  /** A home in which `aws sso login` was run, and the portal that hands out the role's keys. */
  async function signedIn(config: string, cacheKey: string, expiresAt: string, status = 200) {
    const files = profileFiles(
      `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = sso\n[profile sso]\n${config}`,
    );
    const cache = `${files.folder}/.aws/sso/cache`;
    await Deno.mkdir(cache, { recursive: true });
    const name = createHash("sha1").update(cacheKey).digest("hex");
    await Deno.writeTextFile(
      `${cache}/${name}.json`,
      JSON.stringify({ accessToken: TOKEN, expiresAt, startUrl: START }),
    );
    const seen: string[] = [];
    const portal = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers["x-amz-sso_bearer_token"] === TOKEN}`);
      const { accessKeyId, secretAccessKey, sessionToken } = ROLE_SESSION;
      const roleCredentials = { accessKeyId, secretAccessKey, sessionToken, expiration: Date.now() + 3_600_000 };
      response.writeHead(status, {
        "content-type": "application/json",
        ...(status !== 200 && { "x-amzn-errortype": "UnauthorizedException" }),
      });
      response.end(JSON.stringify(status === 200 ? { roleCredentials } : { message: `${TOKEN} is not known` }));
    });
    const env = { ...files.env, HOME: files.folder, USERPROFILE: files.folder, AWS_ENDPOINT_URL_SSO: portal.url };
    return { files, portal, seen, env };
  }

  const LATER = "2100-01-01T00:00:00Z";
  for (const [what, config, key] of [["a start URL", legacy, START], ["an sso-session", session, "corp"]] as const) {
    it(`takes the keys of the role that ${what} leads to`, async () => {
      const { files, portal, seen, env } = await signedIn(config, key, LATER);
      using _files = files;
      await using _portal = portal;
      await using sts = await startSts();
      const { code, stderr } = await run(sts, ["--profile=p"], env, { secrets: () => [TOKEN] });
      assertEquals(code, 0, stderr);
      assertEquals(seen, ["GET /federation/credentials?role_name=Reader&account_id=123456789012 true"]);
      assertEquals(calls(sts), [["AssumeRole", "runner-role/i-0abcdef1234567890", TERRAFORM_ROLE.arn]]);
    });
  }

  for (
    const [what, expiresAt, status] of [["ran out", "2001-01-01T00:00:00Z", 200], ["was ended", LATER, 401]] as const
  ) {
    it(`says how to sign in again where the session ${what}`, async () => {
      const { files, portal, env } = await signedIn(legacy, START, expiresAt, status);
      using _files = files;
      await using _portal = portal;
      await using sts = await startSts();
      const { code, stderr } = await run(sts, ["--profile=p"], env, { secrets: () => [TOKEN] });
      assertEquals(code, 125);
      assertEquals(
        stderr,
        'arar: cannot get the SSO credentials of profile "sso": its session is over or was never begun\n' +
          "arar: hint: run aws sso login --profile sso\n",
      );
    });
  }
});
