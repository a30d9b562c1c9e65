/** `--oidc`: a CI job assumes a role with its own OIDC token. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startMetadata } from "../metadata_server.ts";
import { serve } from "../sts_server/http.ts";
import { ALICE, callerEnv, GITHUB, makeCertificates, startSts, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { hasProgram, SHOW, type Shown, skipUnless } from "./job.ts";
import { startProxy } from "./proxy.ts";
import { calls, type Env, run } from "./signers.ts";

Deno.test("arar --oidc", async (t) => {
  const job = (metadata: { readonly githubEnv: Env }) => ({ GITHUB_ACTIONS: "true", ...metadata.githubEnv });

  await t.step(
    "requests a token for STS, and removes the variables with which the command could get another",
    async () => {
      await using metadata = await startMetadata();
      await using sts = await startSts();
      const { code, stdout, stderr } = await run(
        sts,
        ["--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn, "--", ...SHOW],
        { ...callerEnv(ALICE), ...job(metadata) },
        { commandShowsSecrets: true, secrets: () => metadata.secrets().filter((secret) => secret.startsWith("ey")) },
      );
      assertEquals(code, 0, stderr);
      assertEquals(metadata.requests.map(({ path }) => path), ["/oidc?api-version=2.0&audience=sts.amazonaws.com"]);
      assertEquals(calls(sts), [["AssumeRoleWithWebIdentity", "nobody", WEB_IDENTITY_ROLE.arn]]);
      const token = sts.requests[0]?.params.WebIdentityToken ?? "";
      assert(token !== "" && !stdout.includes(token), "the token must not reach the command");
      assertEquals(stdout.match(/ACTIONS_ID_TOKEN_REQUEST_\w+/g), null);
    },
  );

  await t.step("keeps those variables if --keep-env names them", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    const keep = ["--keep-env=ACTIONS_ID_TOKEN_REQUEST_URL", "--keep-env=ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    const words = ["--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn, ...keep, "--", ...SHOW];
    const { stdout, stderr } = await run(sts, words, job(metadata), { commandShowsSecrets: true });
    const { env }: Shown = JSON.parse(stdout);
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = metadata.githubEnv;
    assertEquals([env.ACTIONS_ID_TOKEN_REQUEST_URL, env.ACTIONS_ID_TOKEN_REQUEST_TOKEN], [url, token], stderr);
  });

  await t.step("uses GitLab's token, and CircleCI's command", async () => {
    await using sts = await startSts();
    const token = GITHUB.mint({ aud: "sts.amazonaws.com" });
    const options = { commandShowsSecrets: true, secrets: () => [token] };
    const words = ["-v", "--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn];
    const gitlab = await run(sts, [...words, "--", ...SHOW], { GITLAB_CI: "true", MY_TOKEN: token }, options);
    assertEquals(gitlab.code, 0, gitlab.stderr);
    assertStringIncludes(gitlab.stderr, "arar: source: web identity token (--oidc: GitLab CI)\n");
    assert(!gitlab.stdout.includes(token), "the token must not reach the command");
    if (Deno.build.os === "windows") return;
    const folder = await Deno.makeTempDir({ prefix: "arar-circleci-" });
    try {
      const program = `#!/bin/sh\n[ "$*" = 'run oidc get --claims {"aud":"sts.amazonaws.com"}' ] && echo "${token}"\n`;
      await Deno.writeTextFile(`${folder}/circleci`, program, { mode: 0o700 });
      const env = { CIRCLECI: "true", PATH: `${folder}:${Deno.env.get("PATH")}` };
      const circle = await run(sts, [...words, "--audience=sts.amazonaws.com", "--", ...SHOW], env, options);
      assertEquals(circle.code, 0, circle.stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  const china = WEB_IDENTITY_ROLE.arn.replace("arn:aws:", "arn:aws-cn:");
  const rows: readonly (readonly [string, readonly string[], Env])[] = [
    ["sts.amazonaws.com.cn", ["--oidc", "--role-arn", china], {}],
    ["https%3A%2F%2Fexample.com", ["--oidc", "--audience=https://example.com"], { AWS_ROLE_ARN: china }],
    ["sts.amazonaws.com", [], { ARAR_OIDC: "1", AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn }],
    ["sts.amazonaws.com", ["--github-oidc"], { AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn }],
    ["sts.amazonaws.com", [], { ARAR_GITHUB_OIDC: "1", AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn }],
  ];
  for (const [audience, args, env] of rows) {
    await t.step(`requests audience ${audience} with ${args.join(" ") || Object.keys(env)[0]}`, async () => {
      await using metadata = await startMetadata();
      await using sts = await startSts();
      await run(sts, args, { ...job(metadata), ...env }, { secrets: () => metadata.secrets() });
      assertEquals(metadata.requests.map(({ path }) => path), [`/oidc?api-version=2.0&audience=${audience}`]);
      assertEquals(sts.requests[0]?.action, "AssumeRoleWithWebIdentity");
    });
  }

  const withoutOpenssl = skipUnless(hasProgram("openssl", "version"), "no openssl on PATH");
  await t.step({
    name: "uses AWS_CA_BUNDLE and HTTPS_PROXY for the token, too",
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
      const { code, stderr } = await run(sts, ["--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn], env);
      assertEquals(code, 0, stderr);
      // On the source, Deno itself may fetch packages through the proxy.
      assertEquals(proxy.targets.filter((target) => target.startsWith("127.0.0.1:")), [new URL(issuer.url).host]);
    },
  });

  await t.step("reports a token service that does not answer in time", async () => {
    await using metadata = await startMetadata({ override: () => ({ kind: "hang" }) });
    await using sts = await startSts();
    const args = ["--oidc", "--timeout=1", "--role-arn", WEB_IDENTITY_ROLE.arn];
    const { code, stderr } = await run(sts, args, job(metadata), { secrets: () => metadata.secrets() });
    assertEquals(code, 125);
    const told = "cannot get the source credentials (OIDC token of GitHub Actions): no answer within 1 s\n";
    assertStringIncludes(stderr, `arar: ${told}`);
    assertEquals(sts.requests.length, 0);
  });

  await t.step("names the permission that the job lacks", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(sts, ["--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn], {
      GITHUB_ACTIONS: "true",
    });
    assertEquals(code, 125);
    assertStringIncludes(stderr, "id-token: write");
    assertEquals(sts.requests.length, 0);
  });

  await t.step("reports that it does not run in a CI job", async () => {
    await using sts = await startSts();
    const env = { GCE_METADATA_HOST: "127.0.0.1:1" };
    const { code, stderr } = await run(sts, ["--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn], env);
    assertEquals(code, 125);
    assertStringIncludes(
      stderr,
      "no CI with OIDC tokens was detected\narar: not set: GITHUB_ACTIONS, GITLAB_CI, ",
    );
    assertEquals(sts.requests.length, 0);
  });

  await t.step("shows the claims of a denied token, but not the token", async () => {
    await using metadata = await startMetadata({ claims: { sub: "repo:other-org/other-repo:pull_request" } });
    await using sts = await startSts();
    const args = ["--oidc", "--role-arn", WEB_IDENTITY_ROLE.arn];
    const { code, stderr } = await run(sts, args, job(metadata), { secrets: () => metadata.secrets() });
    assertEquals(code, 125);
    assertStringIncludes(
      stderr,
      `arar: hint: token iss: "${GITHUB.url}"\narar: hint: token aud: "sts.amazonaws.com"\n` +
        'arar: hint: token sub: "repo:other-org/other-repo:pull_request"\n',
    );
  });
});
