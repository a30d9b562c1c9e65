/** Which CI an environment is one of, and what is said where that is not clear. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { findCiToken } from "../../../lib/aws/signers/ci_token.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import { GITHUB as ISSUER } from "../../sts_server.ts";
import { tokenWorld, wish } from "./token_server.ts";

const GITHUB = {
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://issuer.example/?a=b",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request+TOKEN",
};

Deno.test("findCiToken()", async (t) => {
  await t.step("refuses two CIs at once, and names both", () => {
    const error = assertThrows(() => findCiToken({ ...GITHUB, CIRCLECI: "true" }), ArarError);
    assertEquals(error.message, "this looks like GitHub Actions (GITHUB_ACTIONS) and CircleCI (CIRCLECI)");
    assertEquals(error.hints.length, 1);
  });

  await t.step("sees none in a variable that is empty or false", () => {
    assertEquals(findCiToken({ ...GITHUB, CIRCLECI: "false", GITLAB_CI: "" }).ci, "GitHub Actions");
  });

  await t.step("asks for STS's audience, that of China for a role there, or for the one that is given", () => {
    const query = (wish: Parameters<typeof findCiToken>[1]) => {
      const { token } = findCiToken(GITHUB, wish);
      return token.kind === "request" ? new URL(token.url).search : token.kind;
    };
    assertEquals([query({}), query({ partition: "aws-us-gov" }), query({ partition: "aws-cn" })], [
      "?a=b&audience=sts.amazonaws.com",
      "?a=b&audience=sts.amazonaws.com",
      "?a=b&audience=sts.amazonaws.com.cn",
    ]);
    assertEquals(query({ partition: "aws-cn", ...wish("a b&c") }), "?a=b&audience=a%20b%26c");
  });

  await t.step("refuses an audience that it cannot have", () => {
    const token = ISSUER.mint({ aud: "ari:cloud:bitbucket::workspace/1" });
    const env = { BITBUCKET_BUILD_NUMBER: "7", BITBUCKET_STEP_OIDC_TOKEN: token };
    assertEquals(findCiToken(env, wish("ari:cloud:bitbucket::workspace/1")).ci, "Bitbucket Pipelines");
    assertEquals(
      assertThrows(() => findCiToken(env, wish("other")), ArarError).message,
      'the token of Bitbucket Pipelines is for "ari:cloud:bitbucket::workspace/1", and --audience "other" cannot change that',
    );
    const azure = { SYSTEM_OIDCREQUESTURI: "https://x", SYSTEM_ACCESSTOKEN: "t" };
    assertThrows(() => findCiToken(azure, wish("other")), ArarError, "api://AzureADTokenExchange");
  });

  await t.step("shows no token in a message", () => {
    const error = assertThrows(
      () => findCiToken({ VERCEL: "1", VERCEL_OIDC_TOKEN: "secret+TOKEN" }, wish("other")),
      ArarError,
    );
    assertEquals(error.message, 'the token of Vercel is for no audience, and --audience "other" cannot change that');
  });
});

Deno.test("findCiToken() outside of any CI", async (t) => {
  const found = (host: string) => findCiToken({ GCE_METADATA_HOST: host });

  await t.step("leads to Google Cloud's metadata server, by Google's own variable", () => {
    const { token } = findCiToken({});
    assertEquals(token.kind === "request" && new URL(token.url).host, "metadata.google.internal");
    assertThrows(() => found("not a host"), ArarError, "GCE_METADATA_HOST is not the name of a host");
  });

  await t.step("says what was looked for where that is not there either", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const host = `127.0.0.1:${listener.addr.port}`;
    listener.close();
    const reading = () => readToken(tokenWorld(), found(host).token, new AbortController().signal);
    assertEquals(
      (await assertRejects(reading, ArarError)).message,
      "no CI with OIDC tokens is seen: none of GITHUB_ACTIONS, GITLAB_CI, CIRCLECI, BUILDKITE, BITBUCKET_BUILD_NUMBER, " +
        "SYSTEM_OIDCREQUESTURI, TFC_RUN_ID, TF_VAR_spacelift_run_id, VERCEL is set, " +
        `and ${host} of Google Cloud does not answer`,
    );
  });
});
