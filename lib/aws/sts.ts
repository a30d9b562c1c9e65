/**
 * The three calls to STS, through the AWS SDK, which this file alone imports.
 * It is loaded only when a call is made, and must not know where its settings come from, nor print.
 *
 * @module
 */

import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import type { Credentials, RoleSession } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RoleParameters } from "./role_request.ts";
import type { SdkHandler } from "./http.ts";
import { accountOf } from "./role_arn.ts";

/** What every call of a run shares. */
export interface StsOptions {
  readonly region: string;
  readonly endpoint: Endpoint;
  readonly handler: SdkHandler;
  readonly signal: AbortSignal;
  /** This machine's clock. */
  readonly now: () => number;
  /** Name and version of the program. */
  readonly userAgent: readonly [string, string];
}

/** What is asked of AssumeRole. */
export interface AssumeRoleInput extends RoleParameters {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly mfa?: { readonly serialNumber: string; readonly code: string };
}

/** STS as one caller sees it. */
export interface Sts {
  /** The caller's ARN. */
  getCallerIdentity(credentials: Credentials): Promise<string>;
  assumeRole(credentials: Credentials, input: AssumeRoleInput): Promise<RoleSession>;
  assumeRoleWithWebIdentity(token: string, input: AssumeRoleInput): Promise<RoleSession>;
  /** Where the calls go. */
  url(): Promise<URL>;
}

/** STS answered with success, yet without what was asked for. */
export class IncompleteAnswerError extends Error {
  override readonly name = "IncompleteAnswerError";
}

/** STS answered with success and with credentials that are of no use any more. */
export class ExpiredCredentialsError extends Error {
  override readonly name = "ExpiredCredentialsError";

  constructor(expiration: Date) {
    super(`its credentials ended at ${expiration.toISOString()} already`);
  }
}

/**
 * STS at one endpoint. Failures are the SDK's own errors, `ConnectionError`, {@linkcode IncompleteAnswerError} or
 * {@linkcode ExpiredCredentialsError}.
 */
export function createSts(given: StsOptions): Sts {
  const { handler, serverTime } = withClock(given);
  const options = { ...given, handler };
  const abortSignal = options.signal;
  // A client keeps its connection, what it knows of the server's clock, and all that was prepared for the first call.
  const clients = new Map<Credentials | undefined, STSClient>();
  const clientOf = (credentials?: Credentials): STSClient => {
    const client = clients.get(credentials) ?? newClient(options, credentials);
    clients.set(credentials, client);
    return client;
  };
  return {
    getCallerIdentity: async (credentials) => {
      const answer = await clientOf(credentials).send(
        new GetCallerIdentityCommand({}),
        { abortSignal },
      );
      if (!answer.Arn) {
        throw new IncompleteAnswerError("the answer holds no ARN");
      }
      return answer.Arn;
    },
    assumeRole: async (credentials, input) => {
      const command = new AssumeRoleCommand(assumeRoleInput(input));
      return roleSession(await clientOf(credentials).send(command, { abortSignal }), serverTime());
    },
    assumeRoleWithWebIdentity: async (token, input) => {
      const command = new AssumeRoleWithWebIdentityCommand({
        ...assumeRoleInput(input),
        WebIdentityToken: token,
      });
      return roleSession(await clientOf().send(command, { abortSignal }), serverTime());
    },
    url: async () => {
      const { endpointProvider } = clientOf().config;
      const { endpoint } = options;
      const resolved = endpointProvider({
        Region: options.region,
        UseFIPS: endpoint.fips,
        UseDualStack: endpoint.dualstack,
        UseGlobalEndpoint: endpoint.legacyGlobal,
        ...(endpoint.url && { Endpoint: endpoint.url.value }),
      });
      return (await Promise.resolve(resolved)).url;
    },
  };
}

/** When an answer was given, by the server's clock, and how far that is ahead of ours. */
interface ServerTime {
  readonly time: number;
  readonly skew: number;
}

/** A handler that keeps the server's time of the last answer; `NaN` where it did not say. */
function withClock(
  { handler, now }: StsOptions,
): { readonly handler: SdkHandler; readonly serverTime: () => ServerTime } {
  let last: ServerTime = { time: NaN, skew: NaN };
  return {
    serverTime: () => last,
    handler: {
      ...handler,
      handle: async (request, options) => {
        const answer = await handler.handle(request, options);
        const time = Date.parse(answer.response.headers.date ?? "");
        last = { time, skew: time - now() };
        return answer;
      },
    },
  };
}

/** Clocks that differ by less agree: answers travel, and `Date` counts whole seconds. */
const CLOCK_TOLERANCE = 60_000;

function newClient({ region, endpoint, handler, userAgent }: StsOptions, credentials?: Credentials): STSClient {
  // Everything is given: what is left out, the SDK looks up in files and variables, by rules of its own.
  const client = new STSClient({
    region,
    ...(endpoint.url && { endpoint: endpoint.url.value }),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: endpoint.fips,
    useDualstackEndpoint: endpoint.dualstack,
    useGlobalEndpoint: endpoint.legacyGlobal,
    maxAttempts: endpoint.maxAttempts,
    retryMode: endpoint.retryMode,
    requestHandler: handler,
    defaultsMode: "standard",
    disableClockSkewCorrection: false,
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    userAgentAppId: () => Promise.resolve(undefined),
    defaultUserAgentProvider: () => Promise.resolve([[...userAgent]]),
    ...(credentials && { credentials: { ...credentials } }),
  });
  client.middlewareStack.add(
    (next) => (request) => next(request).catch((error) => Promise.reject(markTransient(error))),
    { step: "finalizeRequest", priority: "low", name: "markTransient" },
  );
  return client;
}

/**
 * AWS could not reach the token's issuer. It says so in a code that is final otherwise, and parallel jobs meet it:
 * https://github.com/aws-actions/configure-aws-credentials/issues/299
 */
function markTransient(error: unknown): unknown {
  const isTransient = error instanceof Error && error.name.startsWith("InvalidIdentityToken") &&
    /couldn't retrieve verification key/i.test(error.message);
  // The SDK's retry strategy tries again where this field stands.
  return isTransient ? Object.assign(error, { $retryable: { throttling: false } }) : error;
}

function assumeRoleInput(input: AssumeRoleInput): AssumeRoleCommandInput {
  return {
    RoleArn: input.roleArn,
    RoleSessionName: input.sessionName,
    ...(input.durationSeconds !== undefined && { DurationSeconds: input.durationSeconds }),
    ...(input.externalId !== undefined && { ExternalId: input.externalId }),
    ...(input.sourceIdentity !== undefined && { SourceIdentity: input.sourceIdentity }),
    ...(input.policy !== undefined && { Policy: input.policy }),
    ...(input.policyArns.length > 0 && { PolicyArns: input.policyArns.map((arn) => ({ arn })) }),
    ...(input.tags.length > 0 && { Tags: input.tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(input.transitiveTagKeys.length > 0 && { TransitiveTagKeys: [...input.transitiveTagKeys] }),
    ...(input.mfa && { SerialNumber: input.mfa.serialNumber, TokenCode: input.mfa.code }),
  };
}

type Answer = Pick<AssumeRoleCommandOutput, "Credentials" | "AssumedRoleUser" | "PackedPolicySize">;

function roleSession(
  { Credentials, AssumedRoleUser, PackedPolicySize }: Answer,
  { time, skew }: ServerTime,
): RoleSession {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  const arn = AssumedRoleUser?.Arn;
  const accountId = arn && accountOf(arn);
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || !accountId) {
    throw new IncompleteAnswerError("the answer holds no complete credentials");
  }
  if (Expiration.getTime() <= time) throw new ExpiredCredentialsError(Expiration);
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    },
    arn,
    accountId,
    ...(PackedPolicySize !== undefined && { packedPolicySize: PackedPolicySize }),
    ...(Math.abs(skew) >= CLOCK_TOLERANCE && { clockSkew: skew }),
  };
}
