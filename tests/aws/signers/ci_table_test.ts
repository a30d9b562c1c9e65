/** One case for each row of the table of CIs, against a stand-in on this machine for the services that are asked. */
import { assertEquals, assertThrows } from "@std/assert";
import { CIS } from "../../../lib/aws/signers/ci_table.ts";
import { findCiToken } from "../../../lib/aws/signers/ci_token.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import type { Env } from "../../../lib/sourced.ts";
import { GITHUB } from "../../sts_server.ts";
import { startTokenServer, type TokenAsked, tokenWorld, wish } from "./token_server.ts";

const TOKEN = GITHUB.mint({ aud: "sts.amazonaws.com" });
const signal = new AbortController().signal;

/** What a row is given and what comes of it; `URL` in a value stands for the stand-in. */
interface Row {
  readonly ci: string;
  readonly env: Env;
  readonly audience?: string;
  readonly usedNames: readonly string[];
  /** What the service answers, and what it was asked. */
  readonly answer?: string;
  readonly asked?: Partial<TokenAsked>;
}

const ROWS: readonly Row[] = [
  {
    ci: "GitHub Actions",
    env: {
      GITHUB_ACTIONS: "true",
      ACTIONS_ID_TOKEN_REQUEST_URL: "URL/oidc?api-version=2.0",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request+TOKEN",
    },
    usedNames: ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
    answer: JSON.stringify({ count: 1, value: TOKEN }),
    asked: { method: "GET", path: "/oidc?api-version=2.0&audience=sts.amazonaws.com", body: "" },
  },
  {
    ci: "GitLab CI",
    env: { GITLAB_CI: "true", STS_AMAZONAWS_COM_ID_TOKEN: TOKEN },
    usedNames: ["STS_AMAZONAWS_COM_ID_TOKEN"],
  },
  {
    ci: "CircleCI",
    env: { CIRCLECI: "true", CIRCLE_OIDC_TOKEN: "v1", CIRCLE_OIDC_TOKEN_V2: TOKEN },
    usedNames: ["CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"],
  },
  {
    ci: "Buildkite",
    env: {
      BUILDKITE: "true",
      BUILDKITE_AGENT_ENDPOINT: "URL/v3/",
      BUILDKITE_AGENT_ACCESS_TOKEN: "agent-TOKEN",
      BUILDKITE_JOB_ID: "0185c9f1-4f4e",
    },
    audience: "a&b",
    usedNames: [],
    answer: JSON.stringify({ token: TOKEN }),
    asked: { method: "POST", path: "/v3/jobs/0185c9f1-4f4e/oidc/tokens", body: '{"audience":"a&b"}' },
  },
  {
    ci: "Bitbucket Pipelines",
    env: { BITBUCKET_BUILD_NUMBER: "7", BITBUCKET_STEP_OIDC_TOKEN: TOKEN },
    usedNames: ["BITBUCKET_STEP_OIDC_TOKEN"],
  },
  {
    ci: "Azure Pipelines",
    env: { SYSTEM_OIDCREQUESTURI: "URL/oidctoken", SYSTEM_ACCESSTOKEN: "access-TOKEN" },
    usedNames: ["SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"],
    answer: JSON.stringify({ oidcToken: TOKEN }),
    asked: { method: "POST", path: "/oidctoken?api-version=7.1", body: "" },
  },
  {
    ci: "Azure Pipelines",
    env: {
      SYSTEM_OIDCREQUESTURI: "URL/oidctoken",
      SYSTEM_ACCESSTOKEN: "access-TOKEN",
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "4b1b-7e",
    },
    audience: "api://AzureADTokenExchange",
    usedNames: ["SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"],
    answer: JSON.stringify({ oidcToken: TOKEN }),
    asked: { path: "/oidctoken?api-version=7.1&serviceConnectionId=4b1b-7e" },
  },
  {
    ci: "HCP Terraform",
    env: { TFC_RUN_ID: "run-1", TFC_WORKLOAD_IDENTITY_TOKEN: TOKEN },
    usedNames: ["TFC_WORKLOAD_IDENTITY_TOKEN"],
  },
  { ci: "Spacelift", env: { SPACELIFT_OIDC_TOKEN: TOKEN }, usedNames: ["SPACELIFT_OIDC_TOKEN"] },
  {
    ci: "Vercel",
    env: { VERCEL: "1", VERCEL_OIDC_TOKEN: TOKEN },
    audience: "sts.amazonaws.com",
    usedNames: ["VERCEL_OIDC_TOKEN"],
  },
  {
    ci: "Google Cloud, since no CI is seen",
    env: { GCE_METADATA_HOST: "HOST" },
    usedNames: [],
    answer: TOKEN,
    asked: {
      method: "GET",
      path: "/computeMetadata/v1/instance/service-accounts/default/identity?audience=sts.amazonaws.com&format=full",
    },
  },
];

/** The headers that get the token. */
const HEADERS: Readonly<Record<string, Env>> = {
  "GitHub Actions": { authorization: "Bearer request+TOKEN" },
  "Buildkite": { authorization: "Token agent-TOKEN", "content-type": "application/json" },
  "Azure Pipelines": { authorization: "Bearer access-TOKEN" },
  "Google Cloud, since no CI is seen": { "metadata-flavor": "Google" },
};

Deno.test("each CI's token is found", async (t) => {
  for (const { ci, env, audience, usedNames, answer, asked } of ROWS) {
    await t.step(`${ci}: ${Object.keys(env).at(-1)}`, async () => {
      await using server = await startTokenServer(() => ({ body: answer ?? "" }));
      const here = (value: string) => value.replace("URL", server.url).replace("HOST", new URL(server.url).host);
      const there = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)]));
      const found = findCiToken(there, audience === undefined ? {} : wish(audience));
      assertEquals([found.ci, found.usedNames], [ci, usedNames]);
      assertEquals(await readToken(tokenWorld(), found.token, signal), TOKEN);
      assertEquals(server.asked.length, asked ? 1 : 0);
      const [request] = server.asked;
      for (const [name, value] of Object.entries(asked ?? {})) assertEquals({ ...request }[name], value);
      for (const [name, value] of Object.entries(HEADERS[ci] ?? {})) assertEquals(request?.headers[name], value);
    });
  }

  await t.step("and no row is without a case", () => {
    assertEquals(CIS.map(({ name }) => name).filter((name) => !ROWS.some(({ ci }) => ci === name)), []);
  });
});

Deno.test("each CI says what a job without a token lacks", async (t) => {
  const rows: readonly (readonly [env: Env, message: string, hint: RegExp])[] = [
    [
      { GITHUB_ACTIONS: "true" },
      "GitHub Actions gives this job no OIDC token: ACTIONS_ID_TOKEN_REQUEST_URL is not set",
      /id-token: write/,
    ],
    [
      { GITHUB_ACTIONS: "true", ACTIONS_ID_TOKEN_REQUEST_URL: "https://x" },
      "GitHub Actions gives this job no OIDC token: ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set",
      /id-token: write/,
    ],
    [{ CIRCLECI: "true" }, "CircleCI gives this job no OIDC token: CIRCLE_OIDC_TOKEN_V2 is not set", /`context`/],
    [
      { BUILDKITE: "true" },
      "Buildkite gives this job no OIDC token: BUILDKITE_AGENT_ACCESS_TOKEN is not set",
      /mount-buildkite-agent/,
    ],
    [
      { BITBUCKET_BUILD_NUMBER: "7" },
      "Bitbucket Pipelines gives this job no OIDC token: BITBUCKET_STEP_OIDC_TOKEN is not set",
      /`oidc: true`/,
    ],
    [
      { SYSTEM_OIDCREQUESTURI: "https://x" },
      "Azure Pipelines gives this job no OIDC token: SYSTEM_ACCESSTOKEN is not set",
      /\$\(System\.AccessToken\)/,
    ],
    [
      { TFC_RUN_ID: "run-1" },
      "HCP Terraform gives this job no OIDC token: TFC_WORKLOAD_IDENTITY_TOKEN is not set",
      /TFC_WORKLOAD_IDENTITY_AUDIENCE/,
    ],
    [
      { TF_VAR_spacelift_run_id: "01" },
      "Spacelift gives this job no OIDC token: SPACELIFT_OIDC_TOKEN is not set",
      /paid accounts/,
    ],
    [{ VERCEL: "1" }, "Vercel gives this job no OIDC token: VERCEL_OIDC_TOKEN is not set", /OIDC federation/],
  ];
  for (const [env, message, hint] of rows) {
    await t.step(message, () => {
      const error = assertThrows(() => findCiToken(env), ArarError);
      assertEquals([error.message, error.hints.length, hint.test(error.hints[0] ?? "")], [message, 1, true]);
    });
  }
});

Deno.test("what is no URL is refused without showing it", async (t) => {
  const rows: readonly Env[] = [
    { ACTIONS_ID_TOKEN_REQUEST_URL: "not a URL", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" },
    { SYSTEM_OIDCREQUESTURI: "file:///etc", SYSTEM_ACCESSTOKEN: "t" },
    { BUILDKITE_AGENT_ENDPOINT: "http//x", BUILDKITE: "1", BUILDKITE_AGENT_ACCESS_TOKEN: "t", BUILDKITE_JOB_ID: "j" },
  ];
  for (const env of rows) {
    const [name] = Object.keys(env);
    await t.step(`${name}`, () => {
      assertEquals(assertThrows(() => findCiToken(env), ArarError).message, `${name} is not a URL`);
    });
  }
});

Deno.test("CircleCI makes a token for another audience, by its own command", async (t) => {
  const circle = { CIRCLECI: "true", CIRCLE_OIDC_TOKEN_V2: TOKEN };

  await t.step("which leaves nothing to remove", () => {
    const { token, usedNames } = findCiToken(circle, wish("sts.amazonaws.com"));
    assertEquals([token.kind, usedNames], ["command", []]);
    if (token.kind === "command") {
      assertEquals(token.command, 'circleci run oidc get --claims "{\\"aud\\":\\"sts.amazonaws.com\\"}"');
    }
  });

  for (const audience of ["a b", 'a"b', "$(id)", "a`b", "%PATH%", "a\\b", "", "a\nb"]) {
    await t.step(`which is never handed ${JSON.stringify(audience)}`, () => {
      const { message } = assertThrows(() => findCiToken(circle, wish(audience)), ArarError);
      assertEquals(message.endsWith("has a character that cannot be handed to circleci run oidc get"), true);
    });
  }
});
