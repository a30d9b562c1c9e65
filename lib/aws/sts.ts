/** Makes the calls to STS, with the SDK's client. Loaded only for a call: the SDK is most of the program. */

import { VERSION } from "../version.ts";
import type { Credentials, RoleSession } from "./credentials.ts";
import { createServerClock } from "./session.ts";
import type { Dial } from "./dialer.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Narrowed, RoleParameters } from "./role_request.ts";
import { accountOf, accountOfSession } from "./role_rules.ts";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  type GetScopedCredentialsCommandOutput,
  GetSessionTokenCommand,
  STSClient,
  type STSClientConfig,
} from "@aws-sdk/client-sts";

/** STS reported success, but its answer lacks what was requested. */
export class IncompleteAnswerError extends Error {
  override readonly name = "IncompleteAnswerError";
}

/** What the answers of all calls that issue credentials have in common. */
type Issued =
  & Partial<Pick<AssumeRoleCommandOutput, "Credentials" | "PackedPolicySize">>
  & Partial<Pick<GetScopedCredentialsCommandOutput, "SessionTokenUtilization">>;

/** The session of an answer; throws an {@linkcode IncompleteAnswerError}. */
export function issuedSession(answer: Issued, arn: string | undefined, skew?: number): RoleSession {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  const accountId = arn && (accountOf(arn) ?? accountOfSession(arn));
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || !arn || accountId === undefined) {
    throw new IncompleteAnswerError("the answer has no complete credentials");
  }
  // PackedPolicySize is deprecated since June 2026; older STS look-alikes have nothing else.
  const utilization = answer.SessionTokenUtilization ?? answer.PackedPolicySize;
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    },
    arn,
    accountId,
    ...(utilization !== undefined && { tokenUtilization: utilization }),
    ...(skew !== undefined && { clockSkew: skew }),
  };
}

/** How STS is reached. */
export interface StsOptions {
  readonly region: string;
  readonly endpoint: Endpoint;
  readonly dial: Dial;
  readonly now: () => number;
  /** Names the application in the user agent, as `AWS_SDK_UA_APP_ID`. */
  readonly appId?: string | undefined;
}

/** The input of AssumeRole and AssumeRoleWithWebIdentity. */
export interface AssumeRoleInput extends RoleParameters {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly mfa?: { readonly serialNumber: string; readonly code: string };
}

/** The calls, each until its signal is aborted, and the URL they go to. */
export type Sts = ReturnType<typeof createSts>;

/** STS at one endpoint. Failures are the SDK's own errors, `ConnectionError`, or `IncompleteAnswerError`. */
export function createSts({ region, endpoint, dial, now, appId }: StsOptions) {
  const clock = createServerClock(now);
  const { url, signingRegion } = findEndpoint(region, endpoint);
  const base: STSClientConfig = {
    ...NOTHING_TO_LOOK_UP,
    region: signingRegion,
    endpoint: url.href,
    requestHandler: handlerOf(async (request, signal) => clock.read(await dial(request, signal))),
    maxAttempts: endpoint.maxAttempts,
    retryMode: endpoint.retryMode,
    // The default reads the system's version, which takes a permission, and the result must not differ in the bundle.
    defaultUserAgentProvider: () => Promise.resolve([["aws-sdk-js", "3"], ["lang/js"]]),
    customUserAgent: [["arar", VERSION]],
    userAgentAppId: () => Promise.resolve(appId),
  };
  // One for all calls of the same caller: it corrects its clock by the server's first answer.
  const clients = new Map<Credentials | undefined, STSClient>();
  const clientOf = (credentials?: Credentials) => {
    const client = clients.get(credentials) ??
      withRetries(new STSClient({ ...base, credentials: credentials ?? UNSIGNED }));
    clients.set(credentials, client);
    return client;
  };
  return {
    url,
    /** The caller's ARN. */
    getCallerIdentity: async (credentials: Credentials, signal?: AbortSignal) => {
      const { Arn } = await clientOf(credentials).send(
        new GetCallerIdentityCommand({}),
        signal && { abortSignal: signal },
      );
      if (!Arn) throw new IncompleteAnswerError("the answer has no ARN");
      return Arn;
    },
    assumeRole: async (credentials: Credentials, input: AssumeRoleInput, signal?: AbortSignal) => {
      const command = new AssumeRoleCommand(assumeRoleInput(input));
      const answer = await clientOf(credentials).send(command, signal && { abortSignal: signal });
      return issuedSession(answer, answer.AssumedRoleUser?.Arn, clock.skew());
    },
    assumeRoleWithWebIdentity: async (token: string, input: AssumeRoleInput, signal?: AbortSignal) => {
      const command = new AssumeRoleWithWebIdentityCommand({ ...assumeRoleInput(input), WebIdentityToken: token });
      const answer = await clientOf().send(command, signal && { abortSignal: signal });
      return issuedSession(answer, answer.AssumedRoleUser?.Arn, clock.skew());
    },
    /** A session of the user with this ARN, which the answer does not tell. */
    getSessionToken: async (
      credentials: Credentials,
      arn: string,
      { durationSeconds, mfa }: Pick<AssumeRoleInput, "durationSeconds" | "mfa">,
      signal?: AbortSignal,
    ) => {
      const command = new GetSessionTokenCommand({
        DurationSeconds: durationSeconds,
        SerialNumber: mfa?.serialNumber,
        TokenCode: mfa?.code,
      });
      return issuedSession(
        await clientOf(credentials).send(command, signal && { abortSignal: signal }),
        arn,
        clock.skew(),
      );
    },
    /**
     * The same session with fewer permissions or an earlier expiration. Accepts only temporary credentials, and the global
     * endpoint does not have it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
     */
    getScopedCredentials: async (
      credentials: Credentials,
      { policy, durationSeconds, description }: Omit<Narrowed, "kind"> & { readonly description?: string | undefined },
      signal?: AbortSignal,
    ) => {
      const command = new GetScopedCredentialsCommand({
        Policy: policy,
        DurationSeconds: durationSeconds,
        ScopedSessionDescription: description,
      });
      const answer = await clientOf(credentials).send(command, signal && { abortSignal: signal });
      return issuedSession(answer, answer.SessionInfo?.Arn, clock.skew());
    },
  };
}

/** What a handler reads of the SDK's requests, which have no query, and of its options, which the types leave vague. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The SDK's handler on top of the dialer. */
function handlerOf(dial: Dial) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (
      { protocol, hostname, port, method, path, body, ...request }: SdkRequest,
      { abortSignal }: { readonly abortSignal?: unknown } = {},
    ) => {
      const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`);
      // The dialer sets these two itself, from the URL and the body.
      const { host: _host, "content-length": _length, "x-amz-user-agent": agent = "", ...rest } = request.headers;
      // In the bundle, the SDK takes itself to be in a browser, and sends only the other header, which services may not log:
      // https://github.com/aws/aws-sdk-js-v3/pull/2313
      const headers = { "user-agent": agent, "x-amz-user-agent": agent, ...rest };
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const answer = await dial({ method, url, headers, ...(typeof body === "string" && { body }) }, signal);
      return { response: { ...answer, statusCode: answer.status, reason: "" } };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

/** Credentials of calls that nothing signs: none are looked for. */
const UNSIGNED = () => Promise.reject(new TypeError("this call is not signed"));

/** What the SDK's client would otherwise look up in the environment and the shared files. */
const NOTHING_TO_LOOK_UP: STSClientConfig = {
  ignoreConfiguredEndpointUrls: true,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  useGlobalEndpoint: false,
  defaultsMode: "standard",
  disableClockSkewCorrection: false,
  authSchemePreference: [],
  sigv4aSigningRegionSet: [],
};

/** By the SDK's endpoint rules, which need a client. It sends nothing, but would make a handler, which loads half of `fetch`. */
export function findEndpoint(region: string, { url, fips, dualstack, legacyGlobal }: Endpoint) {
  const requestHandler = handlerOf(() => Promise.reject(new TypeError("the rules need no answer")));
  const options = { region, requestHandler, maxAttempts: 1, retryMode: "standard" };
  const rules = new STSClient({ ...NOTHING_TO_LOOK_UP, ...options }).config;
  const found = rules.endpointProvider({
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-fips-endpoints.html
    Region: region.replace(/^fips-|-fips$/, ""),
    UseFIPS: fips || /^fips-|-fips$/.test(region),
    UseDualStack: dualstack,
    UseGlobalEndpoint: legacyGlobal,
    ...(url && { Endpoint: url.value }),
  });
  const signingRegion: unknown = found.properties?.authSchemes?.[0]?.signingRegion;
  return { url: found.url, signingRegion: typeof signingRegion === "string" ? signingRegion : region };
}

/**
 * Makes the client try again if AWS could not reach the token's issuer. The error has a code that is otherwise final, and occurs
 * in parallel jobs: https://github.com/aws-actions/configure-aws-credentials/issues/299
 */
function withRetries(client: STSClient): STSClient {
  client.middlewareStack.add((next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      const isTransient = error instanceof Error && error.name.startsWith("InvalidIdentityToken") &&
        /couldn't retrieve verification key/i.test(error.message);
      // https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-types/Interface/RetryableTrait/
      throw isTransient ? Object.assign(error, { $retryable: { throttling: false } }) : error;
    }
  }, { step: "deserialize", priority: "high" });
  return client;
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
