/**
 * The calls to STS. Loaded only when a call is made: the SDK is most of the program.
 *
 * @module
 */

import {
  AssumeRole$,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentity$,
  type AssumeRoleWithWebIdentityCommandOutput,
  errorTypeRegistries,
  GetCallerIdentity$,
  type GetCallerIdentityCommandOutput,
  GetScopedCredentials$,
  type GetScopedCredentialsCommandOutput,
  STSClient,
  type STSClientConfig,
} from "@aws-sdk/client-sts";
import { resolveRegionConfig } from "@smithy/core/config";
import type { Credentials, RoleSession } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { queryClient, type ServiceEndpoint } from "./query_client.ts";
import type { RoleParameters } from "./role_request.ts";
import type { SdkHandler } from "./http.ts";
import { withServerTime } from "./server_time.ts";
import { IncompleteAnswerError, roleSession } from "./sts_answer.ts";

/** What all calls of a run share. */
export interface StsOptions {
  readonly region: string;
  readonly endpoint: Endpoint;
  readonly handler: SdkHandler;
  readonly signal: AbortSignal;
  /** This machine's clock. */
  readonly now: () => number;
  /** Program name and version. */
  readonly userAgent: readonly [string, string];
}

/** The input of AssumeRole and AssumeRoleWithWebIdentity. */
export interface AssumeRoleInput extends RoleParameters {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly mfa?: { readonly serialNumber: string; readonly code: string };
}

/** How to narrow a session: at least one of the two. */
export interface ScopeInput {
  /** JSON text; the session may do what it could before and this policy allows. */
  readonly policy?: string;
  /** From 1 to 129600, never past the end of the session; its end is kept when absent. */
  readonly durationSeconds?: number;
}

/** The calls, and where they go. */
export interface Sts {
  /** The caller's ARN. */
  getCallerIdentity(credentials: Credentials): Promise<string>;
  assumeRole(credentials: Credentials, input: AssumeRoleInput): Promise<RoleSession>;
  assumeRoleWithWebIdentity(token: string, input: AssumeRoleInput): Promise<RoleSession>;
  /**
   * The same session with fewer permissions or a nearer end. Takes temporary credentials only, and the global endpoint does
   * not have it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
   */
  getScopedCredentials(credentials: Credentials, input: ScopeInput): Promise<RoleSession>;
  url(): Promise<URL>;
}

/**
 * STS at one endpoint. Failures are the SDK's own errors, `ConnectionError`, `IncompleteAnswerError` or `ExpiredCredentialsError`.
 */
export function createSts(given: StsOptions): Sts {
  const { handler, serverTime } = withServerTime(given.handler, given.now);
  const { endpoint: { maxAttempts, retryMode }, signal, userAgent } = given;
  let found: Promise<ServiceEndpoint> | undefined;
  const endpoint = () => found ??= findEndpoint(given);
  const retries = { maxAttempts, retryMode };
  const call = queryClient({ ...SERVICE, endpoint, handler, signal, retries, userAgent, markTransient });
  return {
    getCallerIdentity: async (credentials) => {
      const { Arn } = await call<GetCallerIdentityCommandOutput>(GetCallerIdentity$, {}, credentials);
      if (!Arn) throw new IncompleteAnswerError("the answer has no ARN");
      return Arn;
    },
    assumeRole: async (credentials, input) => {
      const answer = await call<AssumeRoleCommandOutput>(AssumeRole$, assumeRoleInput(input), credentials);
      return roleSession(answer, answer.AssumedRoleUser?.Arn, serverTime());
    },
    assumeRoleWithWebIdentity: async (token, input) => {
      const parameters = { ...assumeRoleInput(input), WebIdentityToken: token };
      const answer = await call<AssumeRoleWithWebIdentityCommandOutput>(AssumeRoleWithWebIdentity$, parameters);
      return roleSession(answer, answer.AssumedRoleUser?.Arn, serverTime());
    },
    getScopedCredentials: async (credentials, { policy, durationSeconds }) => {
      const parameters = {
        ...(policy !== undefined && { Policy: policy }),
        ...(durationSeconds !== undefined && { DurationSeconds: durationSeconds }),
      };
      const answer = await call<GetScopedCredentialsCommandOutput>(GetScopedCredentials$, parameters, credentials);
      return roleSession(answer, answer.SessionInfo?.Arn, serverTime());
    },
    url: async () => (await endpoint()).url,
  };
}

const SERVICE = {
  name: "sts",
  protocol: {
    defaultNamespace: "com.amazonaws.sts",
    errorTypeRegistries,
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    version: "2011-06-15",
  },
};

/** What the SDK's client would otherwise look up in the shared files as soon as it is made. */
const NOTHING_TO_LOOK_UP: STSClientConfig = {
  ignoreConfiguredEndpointUrls: true,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  useGlobalEndpoint: false,
  maxAttempts: 1,
  retryMode: "standard",
  defaultsMode: "standard",
  disableClockSkewCorrection: false,
  authSchemePreference: [],
  sigv4aSigningRegionSet: [],
  userAgentAppId: () => Promise.resolve(undefined),
};

/** By the SDK's rules, for which alone the client is made. */
async function findEndpoint({ region: given, endpoint }: StsOptions): Promise<ServiceEndpoint> {
  const config = resolveRegionConfig({ region: given, useFipsEndpoint: endpoint.fips });
  const region = await config.region();
  const { url, properties } = new STSClient({ ...NOTHING_TO_LOOK_UP, region }).config.endpointProvider({
    Region: region,
    UseFIPS: await config.useFipsEndpoint(),
    UseDualStack: endpoint.dualstack,
    UseGlobalEndpoint: endpoint.legacyGlobal,
    ...(endpoint.url && { Endpoint: endpoint.url.value }),
  });
  return { url, signingRegion: properties?.authSchemes?.[0]?.signingRegion ?? region };
}

/**
 * Makes the SDK try again when AWS could not reach the token's issuer. The error has a code that is otherwise final, and is
 * seen in parallel jobs: https://github.com/aws-actions/configure-aws-credentials/issues/299
 */
function markTransient(error: unknown): unknown {
  const isTransient = error instanceof Error && error.name.startsWith("InvalidIdentityToken") &&
    /couldn't retrieve verification key/i.test(error.message);
  // The SDK's retry strategy looks at this field.
  return isTransient ? Object.assign(error, { $retryable: { throttling: false } }) : error;
}

function passedParameters({ "external-id": externalId, "source-identity": sourceIdentity }: RoleParameters["passed"]) {
  return {
    ...(externalId !== undefined && { ExternalId: externalId }),
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
  };
}

function assumeRoleInput(input: AssumeRoleInput): AssumeRoleCommandInput {
  return {
    RoleArn: input.roleArn,
    RoleSessionName: input.sessionName,
    ...(input.durationSeconds !== undefined && { DurationSeconds: input.durationSeconds }),
    ...passedParameters(input.passed),
    ...(input.policy !== undefined && { Policy: input.policy }),
    ...(input.policyArns.length > 0 && { PolicyArns: input.policyArns.map((arn) => ({ arn })) }),
    ...(input.tags.length > 0 && { Tags: input.tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(input.transitiveTagKeys.length > 0 && { TransitiveTagKeys: [...input.transitiveTagKeys] }),
    ...(input.mfa && { SerialNumber: input.mfa.serialNumber, TokenCode: input.mfa.code }),
  };
}
