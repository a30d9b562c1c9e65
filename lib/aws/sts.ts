/** Makes the calls to STS, with the SDK's client. Loaded only for a call: the SDK is most of the program. */

import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  GetSessionTokenCommand,
  STSClient,
  type STSClientConfig,
} from "@aws-sdk/client-sts";
import { VERSION } from "../version.ts";
import type { Credentials, RoleSession } from "./credentials.ts";
import type { Answer, Dial } from "./dialer.ts";
import type { Endpoint } from "./endpoint.ts";
import { sdkHandler } from "./http.ts";
import type { Narrowed, RoleParameters } from "./role_request.ts";
import { accountOf, accountOfSession } from "./role_rules.ts";

/** STS reported success, but its answer lacks what was requested. */
export class IncompleteAnswerError extends Error {
  override readonly name = "IncompleteAnswerError";
}

/** The server's clock, by which expirations count; ours may be wrong. */
interface ServerClock {
  /** Notes when the answer was sent, and returns it; without its time if that cannot be right. */
  read(answer: Answer): Answer;
  /** How far the server's clock is ahead of ours, in milliseconds; absent if the two agree, or if that is not known. */
  skew(): number | undefined;
}

/** Clocks that differ by less agree: answers take time, and the `Date` header counts whole seconds. */
const TOLERANCE = 60_000;

/** No server's clock shows a time before this program or after the next 75 years. */
const [EARLIEST, LATEST] = [Date.UTC(2025), Date.UTC(2100)];

export function createServerClock(now: () => number): ServerClock {
  let skew: number | undefined;
  return {
    read: (answer) => {
      const { date, ...headers } = answer.headers;
      const time = Date.parse(date ?? "");
      // Also the SDK corrects its clock by it.
      if (!(time > EARLIEST && time < LATEST)) return { ...answer, headers };
      const ahead = time - now();
      skew = Math.abs(ahead) >= TOLERANCE ? ahead : undefined;
      return answer;
    },
    skew: () => skew,
  };
}

/** What the answers of all calls that issue credentials have in common. */
interface Issued {
  readonly Credentials?: {
    readonly AccessKeyId: string | undefined;
    readonly SecretAccessKey: string | undefined;
    readonly SessionToken: string | undefined;
    readonly Expiration: Date | undefined;
  } | undefined;
  readonly PackedPolicySize?: number | undefined;
  readonly SessionTokenUtilization?: number | undefined;
}

/** The session of an answer; throws an {@linkcode IncompleteAnswerError}. */
export function issuedSession(answer: Issued, arn: string | undefined, clock: ServerClock): RoleSession {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  const accountId = arn && (accountOf(arn) ?? accountOfSession(arn));
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || !arn || accountId === undefined) {
    throw new IncompleteAnswerError("the answer has no complete credentials");
  }
  // PackedPolicySize is deprecated since June 2026; older STS look-alikes have nothing else.
  const utilization = answer.SessionTokenUtilization ?? answer.PackedPolicySize;
  const skew = clock.skew();
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
export interface Sts {
  /** The caller's ARN. */
  getCallerIdentity(credentials: Credentials, signal?: AbortSignal): Promise<string>;
  assumeRole(credentials: Credentials, input: AssumeRoleInput, signal?: AbortSignal): Promise<RoleSession>;
  assumeRoleWithWebIdentity(token: string, input: AssumeRoleInput, signal?: AbortSignal): Promise<RoleSession>;
  /** A session of the user with this ARN, which the answer does not tell. */
  getSessionToken(
    credentials: Credentials,
    arn: string,
    input: Pick<AssumeRoleInput, "durationSeconds" | "mfa">,
    signal?: AbortSignal,
  ): Promise<RoleSession>;
  /**
   * The same session with fewer permissions or an earlier expiration. Accepts only temporary credentials, and the global
   * endpoint does not have it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
   */
  getScopedCredentials(
    credentials: Credentials,
    input: Omit<Narrowed, "kind">,
    signal?: AbortSignal,
  ): Promise<RoleSession>;
  readonly url: URL;
}

/** STS at one endpoint. Failures are the SDK's own errors, `ConnectionError`, or `IncompleteAnswerError`. */
export function createSts({ region, endpoint, dial, now, appId }: StsOptions): Sts {
  const clock = createServerClock(now);
  const { url, signingRegion } = findEndpoint(region, endpoint);
  const base: STSClientConfig = {
    ...NOTHING_TO_LOOK_UP,
    region: signingRegion,
    endpoint: url.href,
    requestHandler: sdkHandler(async (request, signal) => clock.read(await dial(request, signal))),
    maxAttempts: endpoint.maxAttempts,
    retryMode: endpoint.retryMode,
    customUserAgent: [["arar", VERSION]],
    userAgentAppId: () => Promise.resolve(appId),
  };
  // One for all calls of the same caller: it corrects its clock by the server's first answer.
  const clients = new Map<Credentials | undefined, STSClient>();
  const clientOf = (credentials?: Credentials) => {
    const client = clients.get(credentials) ??
      withRetries(new STSClient({ ...base, credentials: signed(credentials) }));
    clients.set(credentials, client);
    return client;
  };
  return {
    url,
    getCallerIdentity: async (credentials, signal) => {
      const { Arn } = await clientOf(credentials).send(new GetCallerIdentityCommand({}), until(signal));
      if (!Arn) throw new IncompleteAnswerError("the answer has no ARN");
      return Arn;
    },
    assumeRole: async (credentials, input, signal) => {
      const command = new AssumeRoleCommand(assumeRoleInput(input));
      const answer = await clientOf(credentials).send(command, until(signal));
      return issuedSession(answer, answer.AssumedRoleUser?.Arn, clock);
    },
    assumeRoleWithWebIdentity: async (token, input, signal) => {
      const command = new AssumeRoleWithWebIdentityCommand({ ...assumeRoleInput(input), WebIdentityToken: token });
      const answer = await clientOf().send(command, until(signal));
      return issuedSession(answer, answer.AssumedRoleUser?.Arn, clock);
    },
    getSessionToken: async (credentials, arn, { durationSeconds, mfa }, signal) => {
      const command = new GetSessionTokenCommand({
        DurationSeconds: durationSeconds,
        SerialNumber: mfa?.serialNumber,
        TokenCode: mfa?.code,
      });
      return issuedSession(await clientOf(credentials).send(command, until(signal)), arn, clock);
    },
    getScopedCredentials: async (credentials, { policy, durationSeconds }, signal) => {
      const command = new GetScopedCredentialsCommand({ Policy: policy, DurationSeconds: durationSeconds });
      const answer = await clientOf(credentials).send(command, until(signal));
      return issuedSession(answer, answer.SessionInfo?.Arn, clock);
    },
  };
}

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

/** By the SDK's endpoint rules, which need a client. */
export function findEndpoint(region: string, { url, fips, dualstack, legacyGlobal }: Endpoint) {
  const rules = new STSClient({ ...NOTHING_TO_LOOK_UP, region, maxAttempts: 1, retryMode: "standard" }).config;
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

function until(abortSignal: AbortSignal | undefined) {
  return abortSignal ? { abortSignal } : {};
}

/** Without credentials nothing is signed, and none are looked for. */
function signed(credentials: Credentials | undefined) {
  return credentials ?? (() => Promise.reject(new TypeError("this call is not signed")));
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
