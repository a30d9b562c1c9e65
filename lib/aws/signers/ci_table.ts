/** The table of CIs: how each is detected, where its OIDC token comes from, and what a job without one lacks. */

import { ArarError, quote } from "../../errors.ts";
import type { Env, Sourced } from "../../sourced.ts";
import { audienceOf, type Ci, type Found, refuseOtherAudience } from "./ci.ts";
import { gitlabSetup, gitlabToken } from "./gitlab_token.ts";

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
    setup: "name a `context` for the job in the workflow; a build of a fork has a token only if the project allows it",
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
