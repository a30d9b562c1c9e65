/** How the source credentials are reported, and which are refused. Precedence is tested in `precedence_test.ts`. */
import { assertEquals } from "@std/assert";
import type { TypedOptions } from "../../lib/cli/options.ts";
import type { Env } from "../../lib/sourced.ts";
import { refusal } from "../profile/profiles.ts";
import { GITHUB as ISSUER } from "../sts_server.ts";
import { planOf } from "./plan_of.ts";
import { decisionsOf } from "../../lib/settings/views.ts";

const ROLE = "arn:aws:iam::123456789012:role/a";
const TYPED = { roleArn: [ROLE] };
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAEXPORTED", AWS_SECRET_ACCESS_KEY: "not-a-secret" };

Deno.test("readSettings() reports the source credentials and their origin", async (t) => {
  const key = "key ********RTED: environment";
  const environment = `[profile p]\nrole_arn = ${ROLE}\ncredential_source = Environment\n`;
  const rows: readonly (readonly [TypedOptions, Env, string | undefined, string])[] = [
    [TYPED, KEYS, undefined, key],
    [TYPED, { ...KEYS, AWS_PROFILE: "p" }, undefined, `${key}; the credentials of AWS_PROFILE are not used`],
    [{ profile: "p" }, KEYS, environment, `${key}, by credential_source in [profile p] of CONFIG`],
    [
      { profile: "p" },
      { ...KEYS, AWS_ROLE_ARN: ROLE },
      environment,
      `${key}, by credential_source in [profile p] of CONFIG; AWS_ROLE_ARN is not used`,
    ],
    [
      { profile: "p", ...TYPED },
      {},
      "[profile p]\ncredential_process = x\n",
      "credential_process: [profile p] of CONFIG",
    ],
    [{ webIdentityTokenFile: "/t", ...TYPED }, {}, undefined, "web identity token: --web-identity-token-file /t"],
    [TYPED, { AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }, undefined, "web identity token: AWS_WEB_IDENTITY_TOKEN_FILE /t"],
    [TYPED, {}, undefined, "container or instance role: no other source"],
    [
      { credentialProcess: "x", ...TYPED },
      { ...KEYS, AWS_PROFILE: "p" },
      undefined,
      "credential_process: --credential-process",
    ],
    [
      { webIdentityTokenFile: "/t", ...TYPED },
      { ARAR_CREDENTIAL_PROCESS: "x" },
      undefined,
      "web identity token: --web-identity-token-file /t",
    ],
    [
      TYPED,
      { ...KEYS, ARAR_CREDENTIAL_PROCESS: "x", ARAR_OIDC: "1", VERCEL: "1", VERCEL_OIDC_TOKEN: "x" },
      undefined,
      "credential_process: ARAR_CREDENTIAL_PROCESS",
    ],
    [
      { profile: "p", ...TYPED },
      { ARAR_CREDENTIAL_PROCESS: "x" },
      "[profile p]\nlogin_session = x\n",
      "aws login: [profile p] of CONFIG",
    ],
  ];
  for (const [options, env, profile, expected] of rows) {
    await t.step(expected, () => {
      const [source] = decisionsOf(planOf(options, { env, ...(profile !== undefined && { config: profile }) }));
      assertEquals(`${source?.value}: ${source?.from}`, expected);
    });
  }
});

Deno.test("readSettings() shows the claims of a token at hand, and its variable", () => {
  const token = ISSUER.mint({ aud: "https://gitlab.com", sub: "project_path:a/b" });
  const shownOf = (TOKEN: string) => {
    const decisions = decisionsOf(planOf({ ...TYPED, webIdentityTokenEnv: "TOKEN" }, { env: { TOKEN } }));
    assertEquals(JSON.stringify(decisions).includes(TOKEN), false);
    return decisions.flatMap(({ field, value, from }) => /^token/.test(field) ? `${field}: ${value} (${from})` : []);
  };
  assertEquals(shownOf(token).filter((line) => /aud|sub/.test(line)), [
    'token aud: "https://gitlab.com" (TOKEN)',
    'token sub: "project_path:a/b" (TOKEN)',
  ]);
  assertEquals(shownOf("no-jwt"), ["token claims: none: the token is not a JWT (TOKEN)"]);
});

Deno.test("readSettings() records which sources were tried", async (t) => {
  const exported = ["AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE is not set"];
  const empty = "[profile p]\nregion = eu-west-1\n";
  const named = "[profile p] of CONFIG names no credentials";
  const rows: readonly (readonly [string, TypedOptions, Env, string, readonly string[]])[] = [
    ["if there is no profile", TYPED, {}, "", [...exported, "there is no default profile"]],
    ["if the profile names no credentials", TYPED, { AWS_PROFILE: "p" }, empty, [...exported, named]],
    ["if the profile is typed, which excludes other sources", { ...TYPED, profile: "p" }, {}, empty, [named]],
  ];
  for (const [what, options, env, config, tried] of rows) {
    await t.step(what, () => assertEquals(planOf(options, { env, config }).signer, { kind: "machine", tried }));
  }
});

Deno.test("readSettings() decides where the source credentials are requested, by the selected profile", async (t) => {
  const sso = "sso_account_id = 123456789012\nsso_role_name = r\n";
  const portal = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n";
  const elsewhere = "[default]\nendpoint_url = http://127.0.0.1:1\ndefaults_mode = foo\nservices = gone\n" +
    "ec2_metadata_service_endpoint = http://127.0.0.1:1\nec2_metadata_v1_disabled = true\n[profile other]\n" +
    "endpoint_url = http://127.0.0.1:2\n";
  const session = `[profile p]\nsso_session = my corp\n${sso}[sso-session "my corp"]\n${portal}`;
  const services = "services = mine\n[services mine]\nsso =\n  endpoint_url = http://127.0.0.1:3\n";
  const login = "[profile p]\nlogin_session = me\n";
  const machine = "ec2_metadata_service_endpoint = http://127.0.0.1:4\n";
  const PORTAL = "SSO portal: https://portal.sso.eu-west-1.amazonaws.com (the region's)";
  const OIDC = "SSO token service: https://oidc.eu-west-1.amazonaws.com (the region's)";
  const rows: readonly (readonly [string, Env, config: string, expected: readonly string[]])[] = [
    ["the region's, whatever other profiles say", { AWS_PROFILE: "other" }, session, [PORTAL, OIDC]],
    ["only the portal without an sso-session", {}, `[profile p]\n${sso}${portal}`, [PORTAL]],
    ["the services section's before all others", {}, `${session}[profile p]\n${services}`, [
      "SSO portal: http://127.0.0.1:3 (sso.endpoint_url in [services mine] of CONFIG)",
      OIDC,
    ]],
    [
      "the variable's before that",
      { AWS_ENDPOINT_URL_SSO: "http://127.0.0.1:5" },
      `[profile p]\n${sso}${portal}${services}`,
      [
        "SSO portal: http://127.0.0.1:5 (AWS_ENDPOINT_URL_SSO)",
      ],
    ],
    ["FIPS", { AWS_USE_FIPS_ENDPOINT: "true" }, `[profile p]\n${sso}${portal}`, [
      "SSO portal: https://portal.sso-fips.eu-west-1.amazonaws.com (the region's)",
    ]],
    ["that of a login session", { AWS_ENDPOINT_URL_SIGNIN: "http://127.0.0.1:6" }, login, [
      "sign-in service: http://127.0.0.1:6 (AWS_ENDPOINT_URL_SIGNIN)",
    ]],
    [
      "the metadata service",
      {},
      `[profile p]\nsource_profile = q\n${machine}[profile q]\ncredential_source = Ec2InstanceMetadata\n`,
      [
        "metadata service: http://127.0.0.1:4 (ec2_metadata_service_endpoint in [profile p] of CONFIG)",
      ],
    ],
    ["no metadata service", { AWS_EC2_METADATA_DISABLED: "true" }, `[profile p]\n${machine}`, [
      "metadata service: not asked (AWS_EC2_METADATA_DISABLED)",
    ]],
    [
      "a container's endpoint, without its path",
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://localhost:1/secret" },
      "[profile p]\n",
      [
        "container endpoint: http://localhost:1 (AWS_CONTAINER_CREDENTIALS_FULL_URI)",
      ],
    ],
  ];
  for (const [what, env, config, expected] of rows) {
    await t.step(what, () => {
      const decisions = decisionsOf(planOf({ ...TYPED, profile: "p" }, { env, config: `${elsewhere}${config}` }));
      const shown = decisions.filter(({ field }) => /SSO|service$|container/.test(field));
      assertEquals(shown.map(({ field, value, from }) => `${field}: ${value} (${from})`), expected);
    });
  }
});

Deno.test("readSettings() refuses", async (t) => {
  const job = { GITHUB_ACTIONS: "true" };
  const rows: readonly (readonly [string, TypedOptions, Env, string])[] = [
    [
      "a variable that is not set",
      { ...TYPED, webIdentityTokenEnv: "JWT" },
      {},
      "--web-identity-token-env names JWT, which is not set",
    ],
    [
      "a variable named like a property of every object",
      { ...TYPED, webIdentityTokenEnv: "constructor" },
      {},
      "--web-identity-token-env names constructor, which is not set",
    ],
    [
      "a job without the permission",
      { ...TYPED, oidc: true },
      job,
      "GitHub Actions provides no OIDC token to this job: ACTIONS_ID_TOKEN_REQUEST_URL is not set",
    ],
    [
      "a source without a role",
      { webIdentityTokenFile: "/t" },
      {},
      "no role is named by --role-arn or AWS_ROLE_ARN",
    ],
  ];
  for (const [what, options, env, message] of rows) {
    await t.step(what, () => assertEquals(refusal(() => planOf(options, { env })), message));
  }
});

Deno.test("readSettings() names the CI system, and hides its token from the command", () => {
  const env = { BITBUCKET_BUILD_NUMBER: "7", BITBUCKET_STEP_OIDC_TOKEN: "e30.e30.c2ln" };
  const settings = planOf({ ...TYPED, oidc: true }, { env });
  const [decisions, { commandEnv }] = [decisionsOf(settings), settings];
  assertEquals(decisions[0]?.from, "--oidc: Bitbucket Pipelines");
  assertEquals(commandEnv.hide.at(-1), "BITBUCKET_STEP_OIDC_TOKEN");
});

Deno.test("readSettings() does not hide a token that is not used", () => {
  const env = { ...KEYS, CIRCLECI: "true", CIRCLE_OIDC_TOKEN: "t" };
  assertEquals(planOf(TYPED, { env }).commandEnv.hide.includes("CIRCLE_OIDC_TOKEN"), false);
});
