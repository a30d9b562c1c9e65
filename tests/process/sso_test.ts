/** Keys from IAM Identity Center (SSO) as source credentials. */
import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { profileFiles } from "../profile/profiles.ts";
import { serve, type ServerTls } from "../sts_server/http.ts";
import { makeCertificates, ROLE_SESSION, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { failure, hasProgram, skipUnless } from "./job.ts";
import { startProxy } from "./proxy.ts";
import { assertChecked, calls, type Env, run } from "./signers.ts";

const START = "https://example.awsapps.com/start";
const TOKEN = "sso-access+TOKEN/EXAMPLE==";
const ROLE = "sso_account_id = 123456789012\nsso_role_name = Reader\n";
const PORTAL = `sso_start_url = ${START}\nsso_region = eu-west-1\n`;

/** A sign-in. */
interface SignedIn {
  /** Settings of the profile, and further sections. */
  readonly config?: string;
  /** What the token file is named after. */
  readonly key?: string;
  readonly expiresAt?: string;
  /** More of the token file. */
  readonly more?: Readonly<Record<string, string>>;
  /** The portal's answer instead of keys: status and name of the error. */
  readonly refusal?: readonly [status: number, name: string];
  readonly tls?: ServerTls;
}

/** A home in which `aws sso login` was run, and the portal that returns the role's keys. */
async function signedIn(
  { config = PORTAL + ROLE, key = START, expiresAt = "2100-01-01T00:00:00Z", more, refusal, tls }: SignedIn,
) {
  const seen: string[] = [];
  const { accessKeyId, secretAccessKey, sessionToken } = ROLE_SESSION;
  const portal = await serve((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["x-amz-sso_bearer_token"] === TOKEN}`);
    if (request.url === "/token") {
      response.end(JSON.stringify({ accessToken: TOKEN, expiresIn: 3600, refreshToken: "next" }));
      return;
    }
    const [status, name] = refusal ?? [200, ""];
    response.writeHead(status, { "content-type": "application/json", ...(name && { "x-amzn-errortype": name }) });
    const roleCredentials = { accessKeyId, secretAccessKey, sessionToken, expiration: Date.now() + 3_600_000 };
    response.end(JSON.stringify(refusal ? { message: `not with ${TOKEN}` } : { roleCredentials }));
  }, { tls });
  const signer = `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = sso\n[profile sso]\n${config}`;
  const files = profileFiles(signer);
  const cache = `${files.folder}/.aws/sso/cache`;
  const name = createHash("sha1").update(key).digest("hex");
  await Deno.mkdir(cache, { recursive: true });
  await Deno.writeTextFile(
    `${cache}/${name}.json`,
    JSON.stringify({ accessToken: TOKEN, expiresAt, startUrl: START, ...more }),
  );
  const env = { ...files.env, HOME: files.folder, USERPROFILE: files.folder, AWS_ENDPOINT_URL_SSO: portal.url };
  return {
    url: portal.url,
    config: `${files.folder}/config`,
    token: () => JSON.parse(Deno.readTextFileSync(`${cache}/${name}.json`)),
    seen,
    env,
    async [Symbol.asyncDispose]() {
      files[Symbol.dispose]();
      await portal.stop();
    },
  };
}

/** Runs arar with the profile `p`, whose source profile is `sso`. */
async function asProfile(home: { readonly env: Env }, more: Env = {}) {
  await using sts = await startSts();
  const result = await run(sts, ["--profile=p"], { ...home.env, ...more }, { secrets: () => [TOKEN] });
  return { result, calls: calls(sts) };
}

const SIGNED = [["AssumeRole", "runner-role/i-0abcdef1234567890", TERRAFORM_ROLE.arn]] as const;

Deno.test("arar with SSO", async (t) => {
  const session = `sso_session = corp\n${ROLE}[sso-session corp]\n${PORTAL}`;
  const ways: readonly (readonly [string, SignedIn])[] = [
    ["a start URL", {}],
    ["an sso-session", { config: session, key: "corp" }],
    ["settings with capital letters", { config: (PORTAL + ROLE).replaceAll("sso_", "SSO_") }],
    ["an sso-session with two spaces in its heading", {
      config: session.replace("[sso-session ", "[sso-session  "),
      key: "corp",
    }],
  ];
  for (const [what, given] of ways) {
    await t.step(`gets the keys of the role by ${what}`, async () => {
      await using home = await signedIn(given);
      const { result, calls } = await asProfile(home);
      assertChecked(result);
      assertEquals(home.seen, ["GET /federation/credentials?role_name=Reader&account_id=123456789012 true"]);
      assertEquals(calls, [...SIGNED]);
    });
  }

  await t.step("renews a token that has expired, and keeps it for later", async () => {
    const more = {
      clientId: "id",
      clientSecret: "secret",
      refreshToken: "one",
      registrationExpiresAt: "2100-01-01T00:00:00Z",
    };
    await using home = await signedIn({ config: session, key: "corp", expiresAt: "2001-01-01T00:00:00Z", more });
    const { result } = await asProfile(home, { AWS_ENDPOINT_URL_SSO_OIDC: home.url });
    assertChecked(result);
    assertEquals(home.seen.map((line) => line.split(" ").slice(0, 2).join(" ").split("?")[0]), [
      "POST /token",
      "GET /federation/credentials",
    ]);
    assertEquals([home.token().refreshToken, home.token().clientId], ["next", "id"]);
  });

  await t.step("asks where the selected profile says, not where another one does", async () => {
    await using home = await signedIn({});
    await using elsewhere = await signedIn({});
    const other = (name: string, url: string) => `[${name}]\nendpoint_url = ${url}\nservices = s-${name}\n`;
    await Deno.writeTextFile(
      home.config,
      `${other("default", elsewhere.url)}defaults_mode = foo\n${other("profile other", elsewhere.url)}` +
        `[services s-default]\nsso =\n  endpoint_url = ${elsewhere.url}\n[profile p]\nservices = mine\nsource_profile = sso\n` +
        `role_arn = ${TERRAFORM_ROLE.arn}\n[services mine]\nsso =\n  endpoint_url = ${home.url}\n[profile sso]\n${PORTAL}${ROLE}`,
    );
    const { AWS_ENDPOINT_URL_SSO: _, ...env } = home.env;
    const { result } = await asProfile({ env }, { AWS_PROFILE: "other" });
    assertChecked(result);
    assertEquals([home.seen.length, elsewhere.seen], [1, []]);
  });

  const withoutOpenssl = skipUnless(hasProgram("openssl", "version"), "no openssl on PATH");
  await t.step({
    name: "uses AWS_CA_BUNDLE and HTTPS_PROXY for the portal, too",
    ignore: withoutOpenssl,
    fn: async () => {
      await using certificates = await makeCertificates();
      assert(certificates);
      await using home = await signedIn({ tls: certificates.valid });
      await using proxy = startProxy("working");
      const env = { AWS_CA_BUNDLE: certificates.caFile, HTTPS_PROXY: `http://${proxy.host}` };
      const { result, calls } = await asProfile(home, env);
      assertChecked(result);
      assertEquals(calls, [...SIGNED]);
      // On the source, Deno itself may fetch packages through the proxy.
      assertEquals(proxy.targets.filter((target) => target.startsWith("127.0.0.1:")), [
        new URL(home.env.AWS_ENDPOINT_URL_SSO).host,
      ]);
    },
  });

  const over: readonly (readonly [string, SignedIn])[] = [
    ["has expired", { expiresAt: "2001-01-01T00:00:00Z" }],
    ["was revoked", { refusal: [401, "UnauthorizedException"] }],
    ["is of another start URL", { key: "https://other.awsapps.com/start" }],
    ["of an sso-session has expired", { config: session, key: "corp", expiresAt: "2001-01-01T00:00:00Z" }],
  ];
  for (const [what, given] of over) {
    await t.step(`suggests signing in again if the session ${what}`, async () => {
      await using home = await signedIn(given);
      const { result, calls } = await asProfile(home);
      assertEquals(failure(result), [
        'cannot get the SSO credentials of profile "sso": its session has expired or was never started',
        "hint: run aws sso login --profile sso",
      ]);
      assertEquals(calls, []);
    });
  }

  await t.step("reports that the user does not have the role", async () => {
    await using home = await signedIn({ refusal: [403, "ForbiddenException"] });
    const [message] = failure((await asProfile(home)).result);
    assertEquals(message, 'cannot get the SSO credentials of profile "sso": ForbiddenException');
  });

  await t.step("warns of a portal that is asked in clear", async () => {
    await using home = await signedIn({});
    const more = {
      AWS_ENDPOINT_URL_SSO: "http://sso.example.com",
      HTTP_PROXY: "http://127.0.0.1:1",
      AWS_MAX_ATTEMPTS: "1",
    };
    const { stderr } = (await asProfile(home, more)).result;
    assert(stderr.startsWith("arar: warning: requests to http://sso.example.com are not encrypted"), stderr);
  });

  await t.step("reports a portal that cannot be reached", async () => {
    await using home = await signedIn({});
    const [message = ""] = failure((await asProfile(home, { AWS_ENDPOINT_URL_SSO: "http://127.0.0.1:2" })).result);
    assert(message.startsWith('cannot get the SSO credentials of profile "sso": '), message);
    assert(/refused/i.test(message), message);
  });
});
