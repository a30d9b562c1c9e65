/** One case for each row of the table of CIs, with a stand-in on this machine for the services. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CIS } from "../../../lib/aws/signers/ci_table.ts";
import { findCiToken } from "../../../lib/aws/signers/ci.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import type { Env } from "../../../lib/sourced.ts";
import { refusal } from "../../profile/profiles.ts";
import { GITHUB } from "../../sts_server.ts";
import { startTokenServer, type TokenAsked, tokenWorld, wish } from "./token_server.ts";

const TOKEN = GITHUB.mint({ aud: "sts.amazonaws.com" });

/** An environment, and what is found in it; `URL` in a value is replaced with the stand-in's. */
interface Row {
  readonly ci: string;
  readonly env: Env;
  readonly audience?: string;
  readonly usedNames: readonly string[];
  /** The service's answer, and the request. */
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
    ci: "Google Cloud, since no CI was detected",
    env: { GCE_METADATA_HOST: "HOST" },
    usedNames: [],
    answer: TOKEN,
    asked: {
      method: "GET",
      path: "/computeMetadata/v1/instance/service-accounts/default/identity?audience=sts.amazonaws.com&format=full",
    },
  },
];

/** The headers of the request. */
const HEADERS: Readonly<Record<string, Env>> = {
  "GitHub Actions": { authorization: "Bearer request+TOKEN" },
  "Buildkite": { authorization: "Token agent-TOKEN", "content-type": "application/json" },
  "Azure Pipelines": { authorization: "Bearer access-TOKEN" },
  "Google Cloud, since no CI was detected": { "metadata-flavor": "Google" },
};

Deno.test("each CI's token is found", async (t) => {
  for (const { ci, env, audience, usedNames, answer, asked } of ROWS) {
    await t.step(`${ci}: ${Object.keys(env).at(-1)}`, async () => {
      await using server = await startTokenServer(() => ({ body: answer ?? "" }));
      const here = (value: string) => value.replace("URL", server.url).replace("HOST", new URL(server.url).host);
      const there = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)]));
      const found = findCiToken(there, audience === undefined ? {} : wish(audience));
      assertEquals([found.ci, found.usedNames], [ci, usedNames]);
      assertEquals(await readToken(tokenWorld(), found.token), TOKEN);
      assertEquals(server.asked.length, asked ? 1 : 0);
      const [request] = server.asked;
      for (const [name, value] of Object.entries(asked ?? {})) assertEquals({ ...request }[name], value);
      for (const [name, value] of Object.entries(HEADERS[ci] ?? {})) assertEquals(request?.headers[name], value);
    });
  }

  await t.step("for every row of the table", () => {
    assertEquals(CIS.map(({ name }) => name).filter((name) => !ROWS.some(({ ci }) => ci === name)), []);
  });
});

Deno.test("each CI explains what a job without a token lacks", async (t) => {
  const rows: readonly (readonly [env: Env, missing: string, hint: RegExp])[] = [
    [{ GITHUB_ACTIONS: "true" }, "GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_URL", /id-token: write/],
    [
      { GITHUB_ACTIONS: "true", ACTIONS_ID_TOKEN_REQUEST_URL: "https://x" },
      "GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_TOKEN",
      /id-token: write/,
    ],
    [{ CIRCLECI: "true" }, "CircleCI: CIRCLE_OIDC_TOKEN_V2", /build of a fork/],
    [{ BUILDKITE: "true" }, "Buildkite: BUILDKITE_AGENT_ACCESS_TOKEN", /mount-buildkite-agent/],
    [{ BITBUCKET_BUILD_NUMBER: "7" }, "Bitbucket Pipelines: BITBUCKET_STEP_OIDC_TOKEN", /`oidc: true`/],
    [{ SYSTEM_OIDCREQUESTURI: "https://x" }, "Azure Pipelines: SYSTEM_ACCESSTOKEN", /\$\(System\.AccessToken\)/],
    [{ TFC_RUN_ID: "run-1" }, "HCP Terraform: TFC_WORKLOAD_IDENTITY_TOKEN", /TFC_WORKLOAD_IDENTITY_AUDIENCE/],
    [{ TF_VAR_spacelift_run_id: "01" }, "Spacelift: SPACELIFT_OIDC_TOKEN", /paid account/],
    [{ VERCEL: "1" }, "Vercel: VERCEL_OIDC_TOKEN", /OIDC federation/],
  ];
  for (const [env, missing, hint] of rows) {
    await t.step(missing, () => {
      const { message, hints } = assertThrows(() => findCiToken(env), ArarError);
      assertEquals(message.replace(" provides no OIDC token to this job", ""), `${missing} is not set`);
      assertEquals([hints.length, hint.test(hints[0] ?? "")], [1, true]);
    });
  }
});

Deno.test("what is not a URL is refused, and not shown", async (t) => {
  const rows: readonly Env[] = [
    { ACTIONS_ID_TOKEN_REQUEST_URL: "not a URL", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" },
    { SYSTEM_OIDCREQUESTURI: "file:///etc", SYSTEM_ACCESSTOKEN: "t" },
    { BUILDKITE_AGENT_ENDPOINT: "http//x", BUILDKITE: "1", BUILDKITE_AGENT_ACCESS_TOKEN: "t", BUILDKITE_JOB_ID: "j" },
  ];
  for (const env of rows) {
    const [name] = Object.keys(env);
    await t.step(`${name}`, () => assertEquals(refusal(() => findCiToken(env)), `${name} is not a URL`));
  }
});

Deno.test("CircleCI gets a token for another audience with its own command", async (t) => {
  const circle = { CIRCLECI: "true", CIRCLE_OIDC_TOKEN_V2: TOKEN };

  await t.step("so that no variable has to be removed", () => {
    const { token, usedNames } = findCiToken(circle, wish("sts.amazonaws.com"));
    assertEquals(usedNames, []);
    assertEquals(
      token.kind === "command" && token.command,
      'circleci run oidc get --claims "{\\"aud\\":\\"sts.amazonaws.com\\"}"',
    );
  });

  for (const audience of ["a b", 'a"b', "$(id)", "a`b", "%PATH%", "a\\b", "", "a\nb"]) {
    await t.step(`which never gets ${JSON.stringify(audience)}`, () => {
      const message = refusal(() => findCiToken(circle, wish(audience)));
      assert(message.endsWith("contains a character that cannot be passed to circleci run oidc get"), message);
    });
  }
});
