/** The table of CIs: how each is detected, where its OIDC token comes from, and what a job without one lacks. */

import { ArarError, quote } from "../../errors.ts";
import type { Env, Sourced } from "../../sourced.ts";
import { audiences, readClaims, stsAudience } from "../claims.ts";
import type { WebIdentityToken } from "../signer.ts";

/** A CI's token, or how to get it. */
export interface CiToken {
  readonly ci: string;
  readonly token: WebIdentityToken;
  /** Variables that contain the token or get one: the command must not get another session, without this one's limits. */
  readonly usedNames: readonly string[];
}

/** What the token is for. */
export interface TokenWish {
  /** The given audience; absent: STS's, if the CI lets the job choose. */
  readonly audience?: Sourced<string> | undefined;
  readonly partition?: string | undefined;
}

/** What a row of the table finds. */
export type Found = Omit<CiToken, "ci">;

/** How to find a CI's token. */
export interface Ci {
  readonly name: string;
  /** Variables that only this CI sets. */
  readonly seenBy: readonly string[];
  /** What a job without a token lacks. */
  readonly setup: string;
  /** The token, or the name of the missing variable. */
  find(env: Env, wish: TokenWish, ci: Ci): Found | string;
}

/** Every CI that is detected. */
export const CIS: readonly Ci[] = [
  {
    // https://docs.github.com/en/actions/reference/security/oidc
    name: "GitHub Actions",
    seenBy: ["GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL"],
    setup: "give the job `permissions: id-token: write`; a pull request from a fork cannot have it",
    find(env, wish, { name, setup }) {
      const usedNames = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
      const missing = usedNames.find((name) => !env[name]);
      if (missing) return missing;
      const headers = bearer(env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
      const url = urlOf(env, "ACTIONS_ID_TOKEN_REQUEST_URL", `audience=${encodeURIComponent(audienceOf(wish))}`);
      return { usedNames, token: { kind: "request", of: name, method: "GET", url, headers, member: "value", setup } };
    },
  },
  {
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/
    name: "GitLab CI",
    seenBy: ["GITLAB_CI"],
    setup: gitlabSetup("sts.amazonaws.com"),
    find: gitlabToken,
  },
  {
    // https://circleci.com/docs/openid-connect-tokens/ https://circleci.com/docs/oidc-tokens-with-custom-claims/
    name: "CircleCI",
    seenBy: ["CIRCLECI"],
    setup: "a build of a fork has a token only if its project passes secrets to such builds",
    find(env, { audience }, { name, setup }) {
      if (audience === undefined) return variable(env, "CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN");
      refuseUnquotable(audience);
      const command = `circleci run oidc get --claims "{\\"aud\\":\\"${audience.value}\\"}"`;
      return { usedNames: [], token: { kind: "command", of: name, command, setup } };
    },
  },
  {
    // https://buildkite.com/docs/agent/v3/cli-oidc: this is what `buildkite-agent oidc request-token` sends. The agent's own
    // token stays in the environment: the agent's other commands need it.
    name: "Buildkite",
    seenBy: ["BUILDKITE"],
    setup: "pass it into the job's container: `mount-buildkite-agent: true` with the Docker plugin",
    find(env, wish, { name, setup }) {
      const missing = ["BUILDKITE_AGENT_ACCESS_TOKEN", "BUILDKITE_JOB_ID"].find((name) => !env[name]);
      if (missing) return missing;
      const endpoint = { BUILDKITE_AGENT_ENDPOINT: env.BUILDKITE_AGENT_ENDPOINT || "https://agent.buildkite.com/v3" };
      const base = urlOf(endpoint, "BUILDKITE_AGENT_ENDPOINT").replace(/\/$/, "");
      const url = `${base}/jobs/${encodeURIComponent(env.BUILDKITE_JOB_ID ?? "")}/oidc/tokens`;
      const headers = {
        authorization: `Token ${env.BUILDKITE_AGENT_ACCESS_TOKEN}`,
        "content-type": "application/json",
      };
      const body = JSON.stringify({ audience: audienceOf(wish) });
      return {
        usedNames: [],
        token: { kind: "request", of: name, method: "POST", url, headers, body, member: "token", setup },
      };
    },
  },
  {
    // https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/
    name: "Bitbucket Pipelines",
    seenBy: ["BITBUCKET_BUILD_NUMBER"],
    setup: "give the step `oidc: true`",
    find: (env) => variable(env, "BITBUCKET_STEP_OIDC_TOKEN"),
  },
  {
    // https://learn.microsoft.com/en-us/rest/api/azure/devops/distributedtask/oidctoken/create. Tasks of a service connection
    // have its ID, and get the connection's token; others get the pipeline's.
    name: "Azure Pipelines",
    seenBy: ["SYSTEM_OIDCREQUESTURI"],
    setup: "map it in the step: `env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }`",
    find(env, { audience }, { name, setup }) {
      if (!env.SYSTEM_ACCESSTOKEN) return "SYSTEM_ACCESSTOKEN";
      refuseOtherAudience(audience, ["api://AzureADTokenExchange"], name);
      const connection = env.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID;
      const query = `api-version=7.1${connection ? `&serviceConnectionId=${encodeURIComponent(connection)}` : ""}`;
      const url = urlOf(env, "SYSTEM_OIDCREQUESTURI", query);
      const headers = { ...bearer(env.SYSTEM_ACCESSTOKEN), "content-type": "application/json" };
      return {
        usedNames: ["SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"],
        token: { kind: "request", of: name, method: "POST", url, headers, member: "oidcToken", setup },
      };
    },
  },
  {
    // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/manual-generation
    name: "HCP Terraform",
    seenBy: ["TFC_RUN_ID", "TFC_WORKLOAD_IDENTITY_TOKEN"],
    setup: "set TFC_WORKLOAD_IDENTITY_AUDIENCE in the workspace to the audience, such as sts.amazonaws.com",
    find: (env) => variable(env, "TFC_WORKLOAD_IDENTITY_TOKEN"),
  },
  {
    // https://docs.spacelift.io/integrations/cloud-providers/oidc
    name: "Spacelift",
    seenBy: ["TF_VAR_spacelift_run_id", "SPACELIFT_OIDC_TOKEN"],
    setup: "every run of a paid account has it",
    find: (env) => variable(env, "SPACELIFT_OIDC_TOKEN"),
  },
  {
    // https://vercel.com/docs/oidc
    name: "Vercel",
    seenBy: ["VERCEL", "VERCEL_OIDC_TOKEN"],
    setup: "enable `Secure backend access with OIDC federation` in the settings of the project",
    find: (env) => variable(env, "VERCEL_OIDC_TOKEN"),
  },
];

/** The token in the first variable. The others contain an equivalent one, and are removed with it. */
function variable(env: Env, name: string, ...alike: readonly string[]): Found | string {
  const token = env[name];
  return token ? { usedNames: [name, ...alike], token: { kind: "environment", name, token } } : name;
}

/** Refuses what is not safe in a shell of Unix or Windows. */
function refuseUnquotable({ value, from }: Sourced<string>): void {
  if (/^[\w.:/@+,=~-]+$/.test(value)) return;
  throw new ArarError(`${from} ${quote(value)} contains a character that cannot be passed to circleci run oidc get`);
}

function bearer(token = ""): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

/** The query is appended: an existing one stays byte for byte. */
function urlOf(env: Env, name: string, query?: string): string {
  const value = env[name] ?? "";
  if (!/^https?:/i.test(value) || !URL.canParse(value)) throw new ArarError(`${name} is not a URL`);
  const url = new URL(value);
  if (query) url.search = `${url.search ? `${url.search}&` : ""}${query}`;
  return url.href;
}

/** The error for a CI that was detected, but whose token is missing. */
export function noToken(ci: string, why: string, hints: readonly string[]): ArarError {
  return new ArarError(`${ci} provides no OIDC token to this job: ${why}`, { hints });
}

/** The audience to request. */
export function audienceOf({ audience, partition }: TokenWish): string {
  return audience?.value ?? stsAudience(partition);
}

/** Where the job cannot choose the audience, the token must have the given one. */
export function refuseOtherAudience(wanted: Sourced<string> | undefined, found: readonly string[], ci: string): void {
  if (wanted === undefined || found.includes(wanted.value)) return;
  const names = found.map(quote).join(" and ") || "no audience";
  throw new ArarError(`the token of ${ci} is for ${names}; ${wanted.from} ${quote(wanted.value)} cannot change that`);
}

/** How to declare GitLab's token for this audience, named after it by convention: https://pypi.org/project/id/ */
function gitlabSetup(audience: string): string {
  return `add to the job \`id_tokens: { ${conventionalName(audience)}: { aud: ${JSON.stringify(audience)} } }\``;
}

function conventionalName(audience: string): string {
  return `${audience.toUpperCase().replaceAll(/[^A-Z0-9]|^\d/g, "_")}_ID_TOKEN`;
}

/** A GitLab job names its tokens itself. This one is for the audience: the one with the conventional name, else the only one. */
function gitlabToken(env: Env, wish: TokenWish, { name: ci }: Ci): Found {
  const audience = audienceOf(wish);
  const tokens = Object.entries(env).flatMap(([name, token]) =>
    audiences(readClaims(token)).map((audience) => ({ name, token, audience }))
  );
  const fitting = tokens.filter((one) => one.audience === audience);
  const named = fitting.find(({ name }) => name === conventionalName(audience));
  const [first] = fitting;
  const found = named ?? (fitting.every(({ token }) => token === first?.token) ? first : undefined);
  if (found) {
    // The command could use any other one for the same audience.
    const usedNames = fitting.map(({ name }) => name);
    return { usedNames, token: { kind: "environment", name: found.name, token: found.token } };
  }
  if (first) {
    const names = fitting.map(({ name }) => name).join(" and ");
    throw new ArarError(`${names} are tokens for ${quote(audience)}`, {
      hints: ["select one with --web-identity-token-env"],
    });
  }
  throw noToken(ci, `no variable contains one for ${quote(audience)}`, [
    gitlabSetup(audience),
    ...tokens.map(({ name, audience }) => `${name} is one for ${quote(audience)}: select it with --audience`),
  ]);
}
