/** Makes the calls to STS. Loaded only for a call: the SDK is most of the program. */

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
import { VERSION } from "../version.ts";
import type { Credentials, RoleSession } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { queryClient, type ServiceEndpoint } from "./query_client.ts";
import type { Narrowed, RoleParameters } from "./role_request.ts";
import type { SdkHandler } from "./http.ts";
import { IncompleteAnswerError, roleSession, withServerTime } from "./sts_answer.ts";

export interface StsOptions {
  readonly region: string;
  readonly endpoint: Endpoint;
  readonly handler: SdkHandler;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** The input of AssumeRole and AssumeRoleWithWebIdentity. */
export interface AssumeRoleInput extends RoleParameters {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly mfa?: { readonly serialNumber: string; readonly code: string };
}

/** The calls, and the URL they go to. */
export interface Sts {
  /** The caller's ARN. */
  getCallerIdentity(credentials: Credentials): Promise<string>;
  assumeRole(credentials: Credentials, input: AssumeRoleInput): Promise<RoleSession>;
  assumeRoleWithWebIdentity(token: string, input: AssumeRoleInput): Promise<RoleSession>;
  /**
   * The same session with fewer permissions or an earlier expiration. Accepts only temporary credentials, and the global
   * endpoint does not have it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
   */
  getScopedCredentials(credentials: Credentials, input: Omit<Narrowed, "kind">): Promise<RoleSession>;
  url(): Promise<URL>;
}

/**
 * STS at one endpoint. Failures are the SDK's own errors, `ConnectionError`, `IncompleteAnswerError` or `ExpiredCredentialsError`.
 */
export function createSts(given: StsOptions): Sts {
  const { handler, serverTime } = withServerTime(given.handler, given.now);
  const { endpoint: { maxAttempts, retryMode }, signal } = given;
  let found: Promise<ServiceEndpoint> | undefined;
  const endpoint = () => found ??= findEndpoint(given);
  const retries = { maxAttempts, retryMode };
  const call = queryClient({ ...SERVICE, endpoint, handler, signal, retries, markTransient });
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
      const parameters = { Policy: policy, DurationSeconds: durationSeconds };
      const answer = await call<GetScopedCredentialsCommandOutput>(GetScopedCredentials$, parameters, credentials);
      return roleSession(answer, answer.SessionInfo?.Arn, serverTime());
    },
    url: async () => (await endpoint()).url,
  };
}

const SERVICE = {
  name: "sts",
  userAgent: `arar/${VERSION}`,
  protocol: {
    defaultNamespace: "com.amazonaws.sts",
    errorTypeRegistries,
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    version: "2011-06-15",
  },
};

/** Settings that the SDK's client would otherwise look up in the shared files as soon as it is created. */
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

/** Uses the SDK's endpoint rules; the client is created only for them. */
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
 * Makes the SDK try again if AWS could not reach the token's issuer. The error has a code that is otherwise final, and occurs
 * in parallel jobs: https://github.com/aws-actions/configure-aws-credentials/issues/299
 */
function markTransient(error: unknown): unknown {
  const isTransient = error instanceof Error && error.name.startsWith("InvalidIdentityToken") &&
    /couldn't retrieve verification key/i.test(error.message);
  // The SDK's retry strategy reads this field.
  return isTransient ? Object.assign(error, { $retryable: { throttling: false } }) : error;
}

/** The SDK does not send what is undefined. */
function assumeRoleInput(input: AssumeRoleInput): AssumeRoleCommandInput {
  return {
    RoleArn: input.roleArn,
    RoleSessionName: input.sessionName,
    DurationSeconds: input.durationSeconds,
    ExternalId: input.externalId,
    SourceIdentity: input.sourceIdentity,
    Policy: input.policy,
    ...(input.policyArns.length > 0 && { PolicyArns: input.policyArns.map((arn) => ({ arn })) }),
    ...(input.tags.length > 0 && { Tags: input.tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(input.transitiveTagKeys.length > 0 && { TransitiveTagKeys: [...input.transitiveTagKeys] }),
    SerialNumber: input.mfa?.serialNumber,
    TokenCode: input.mfa?.code,
  };
}
