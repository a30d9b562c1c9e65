/**
 * Owns the proof that a job of GitHub Actions becomes a role by its own OIDC token.
 * Must not know how GitHub makes tokens.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startMetadata } from "../metadata_server.ts";
import { serve } from "../sts_server/http.ts";
import { ALICE, callerEnv, GITHUB, makeCertificates, startSts, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { hasProgram, SHOW, skipUnless } from "./job.ts";
import { startProxy } from "./proxy.ts";
import { calls, type Env, run } from "./signers.ts";

Deno.test("arar --github-oidc", async (t) => {
  const job = (metadata: { readonly githubEnv: Env }) => ({ GITHUB_ACTIONS: "true", ...metadata.githubEnv });

  await t.step(
    "asks for the job's token, for STS's audience, and hands no more to the command than it had",
    async () => {
      await using metadata = await startMetadata();
      await using sts = await startSts();
      const { code, stdout, stderr } = await run(
        sts,
        ["--github-oidc", "--role-arn", WEB_IDENTITY_ROLE.arn, "--", ...SHOW],
        { ...callerEnv(ALICE), ...job(metadata) },
        { commandShowsSecrets: true, secrets: () => metadata.secrets().filter((secret) => secret.startsWith("ey")) },
      );
      assertEquals(code, 0, stderr);
      assertEquals(metadata.requests.map(({ path }) => path), ["/oidc?api-version=2.0&audience=sts.amazonaws.com"]);
      assertEquals(calls(sts), [["AssumeRoleWithWebIdentity", "nobody", WEB_IDENTITY_ROLE.arn]]);
      const token = sts.requests[0]?.params.WebIdentityToken ?? "";
      assert(token !== "" && !stdout.includes(token), "the token must not reach the command");
    },
  );

  const china = WEB_IDENTITY_ROLE.arn.replace("arn:aws:", "arn:aws-cn:");
  const rows: readonly (readonly [string, readonly string[], Env])[] = [
    ["sts.amazonaws.com.cn", ["--github-oidc", "--role-arn", china], {}],
    ["https%3A%2F%2Fexample.com", ["--github-oidc", "--audience=https://example.com"], { AWS_ROLE_ARN: china }],
    ["sts.amazonaws.com", [], { ARAR_GITHUB_OIDC: "1", AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn }],
  ];
  for (const [audience, args, env] of rows) {
    await t.step(`asks for audience ${audience} with ${args.join(" ") || "ARAR_GITHUB_OIDC"}`, async () => {
      await using metadata = await startMetadata();
      await using sts = await startSts();
      await run(sts, args, { ...job(metadata), ...env }, { secrets: () => metadata.secrets() });
      assertEquals(metadata.requests.map(({ path }) => path), [`/oidc?api-version=2.0&audience=${audience}`]);
      assertEquals(sts.requests[0]?.action, "AssumeRoleWithWebIdentity");
    });
  }

  const withoutOpenssl = skipUnless(hasProgram("openssl", "version"), "no openssl on PATH");
  await t.step({
    name: "trusts AWS_CA_BUNDLE and goes through HTTPS_PROXY for the token too",
    ignore: withoutOpenssl,
    fn: async () => {
      const certificates = await makeCertificates();
      assert(certificates);
      await using _certificates = certificates;
      await using issuer = await serve((_, response) => {
        response.end(JSON.stringify({ value: GITHUB.mint({ aud: "sts.amazonaws.com" }) }));
      }, { tls: certificates.valid });
      await using sts = await startSts();
      await using proxy = startProxy("working");
      const env = {
        AWS_CA_BUNDLE: certificates.caFile,
        HTTPS_PROXY: `http://${proxy.host}`,
        ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.url}/?a=b`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request+TOKEN",
      };
      const { code, stderr } = await run(sts, ["--github-oidc", "--role-arn", WEB_IDENTITY_ROLE.arn], env);
      assertEquals(code, 0, stderr);
      assertEquals(proxy.targets, [new URL(issuer.url).host]);
    },
  });

  await t.step("says which permission the job lacks", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(sts, ["--github-oidc", "--role-arn", WEB_IDENTITY_ROLE.arn], {
      GITHUB_ACTIONS: "true",
    });
    assertEquals(code, 125);
    assertStringIncludes(stderr, "id-token: write");
    assertEquals(sts.requests.length, 0);
  });

  await t.step("says where it is no job of GitHub's", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(sts, ["--github-oidc", "--role-arn", WEB_IDENTITY_ROLE.arn], {});
    assertEquals(code, 125);
    assertStringIncludes(stderr, "no GitHub Actions job");
  });
});
