/**
 * From a failed call to STS to its cause and what to do about it, without a secret. A failure is told by its `name`, so that
 * the SDK need not be loaded.
 *
 * Codes: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { ConnectionError, describeConnection } from "./connection.ts";
import { type Credentials, maskKeyId } from "./credentials.ts";
import { DeadlineError } from "./deadline.ts";
import { denialHints, tokenHints } from "./denial.ts";
import type { RoleRequest } from "./role_request.ts";
import type { Signer } from "./signer.ts";

/** What was tried when it failed, and as whom. */
export type Attempt =
  | { readonly kind: "source"; readonly signer: Signer }
  | { readonly kind: "caller"; readonly credentials: Credentials }
  | { readonly kind: "narrow"; readonly credentials: Credentials }
  | {
    readonly kind: "role";
    readonly role: RoleRequest;
    readonly credentials?: Credentials;
    /** The web identity's token, in place of credentials. */
    readonly token?: string;
    /** The caller's ARN, if known. */
    readonly arn?: string;
  };

/** Where and when it was tried. */
export interface Place {
  readonly host: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The text without the run's secrets. */
  readonly hide: (text: string) => string;
}

/** An error as STS sends it, in the SDK's form. */
interface ServiceFailure {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** The error for the user: cause and fix. An `ArarError` is passed on. */
export function explainFailure(error: unknown, attempt: Attempt, place: Place): ArarError {
  if (error instanceof ArarError) return error;
  const tried = describe(attempt);
  if (error instanceof DeadlineError) {
    const host = attempt.kind === "source" ? "" : ` from ${place.host}`;
    return new ArarError(`cannot ${tried}: no answer${host} within ${error.seconds} s`, {
      hints: ["check the network and the proxy, or try for longer with --timeout SECONDS"],
      cause: error,
    });
  }
  if (error instanceof ConnectionError) return explainConnection(error, tried);
  if (error instanceof Error && error.name === "ExpiredCredentialsError") {
    return new ArarError(`cannot ${tried}: ${place.host} answered, but ${error.message}`, {
      hints: [ENDPOINT_HINT],
      cause: error,
    });
  }
  const failure = serviceFailure(error);
  if (!failure) {
    return new ArarError(`cannot ${tried}: ${place.host} did not answer as STS does`, {
      hints: [ENDPOINT_HINT],
      cause: error,
    });
  }
  const [code, message] = [safeText(failure.code, attempt, place, 64), safeText(failure.message, attempt, place, 2000)];
  const detail = message ? `${code}: ${message}` : code;
  return new ArarError(`cannot ${tried}: ${detail}`, { hints: hintsFor(failure, attempt, place), cause: error });
}

function describe(attempt: Attempt): string {
  switch (attempt.kind) {
    case "source":
      return `get the source credentials (${sourceName(attempt.signer)})`;
    case "caller":
      return `ask STS who key ${maskKeyId(attempt.credentials.accessKeyId)} is`;
    case "narrow":
      return `narrow the session of key ${maskKeyId(attempt.credentials.accessKeyId)}`;
    case "role": {
      const caller = attempt.arn ?? (attempt.credentials && `key ${maskKeyId(attempt.credentials.accessKeyId)}`);
      return `assume role ${quote(attempt.role.roleArn)} as ${caller ?? "the web identity"}`;
    }
    default:
      return attempt satisfies never;
  }
}

function sourceName(signer: Signer): string {
  if (signer.kind === "web-identity") return "of" in signer.token ? `OIDC token of ${signer.token.of}` : "OIDC token";
  if (signer.kind !== "profile") return signer.kind;
  const via = { sso: "SSO", login: "login session", process: "credential_process" }[signer.via];
  return `${via} of profile ${quote(signer.profile)}`;
}

function explainConnection(error: ConnectionError, tried: string): ArarError {
  // "it answered with a redirect", "its answer is too long"
  const { what, hint } = /^its? answer/.test(error.message)
    ? { what: `${error.host} did not answer as STS does: ${error.message}`, hint: ENDPOINT_HINT }
    : describeConnection(error);
  return new ArarError(`cannot ${tried}: ${what}`, { hints: [hint], cause: error });
}

const ENDPOINT_HINT = "check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and what stands between here and AWS";

function serviceFailure(error: unknown): ServiceFailure | undefined {
  if (!(error instanceof Error) || !("$metadata" in error) || !("$fault" in error)) return undefined;
  const { $metadata: metadata } = error;
  const status = typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata
    ? Number(metadata.httpStatusCode)
    : undefined;
  // A body that is not STS's gives the SDK no code: a proxy's page, a load balancer's 503.
  const unknown = error.name === "Error" || error.name === "UnknownError" || error.name === "Unknown";
  return { code: unknown ? `HTTP ${status}` : error.name, message: unknown ? "" : error.message, status };
}

/**
 * The first line of what STS says, without what must not be shown: STS may repeat what it was sent. The lines below it, in an
 * answer to a wrong signature, repeat the signed headers, the session token among them. AWS's own sample of a denial that
 * names its policy has 540 characters.
 */
function safeText(text: string, attempt: Attempt, { hide }: Place, length: number): string {
  const credentials = attempt.kind === "source" ? undefined : attempt.credentials;
  const line = hide(text.split("\n")[0] ?? "");
  const keyless = credentials ? line.replaceAll(credentials.accessKeyId, maskKeyId(credentials.accessKeyId)) : line;
  return keyless.trim().slice(0, length).replace(/\.$/, "");
}

type Hints = (failure: ServiceFailure, attempt: Attempt, place: Place) => readonly string[];

/** By code, without the suffix `Exception`: the SDK adds it to some that have none on the wire. */
const HINTS: Readonly<Record<string, Hints>> = {
  AccessDenied: ({ message }, attempt, { now }) =>
    attempt.kind === "role" ? denialHints(message, { ...attempt, caller: attempt.arn, now }) : [],
  ExpiredToken: (_, attempt, place) =>
    attempt.kind === "role" && !attempt.credentials
      ? ["the OIDC token has expired: get a new one right before arar runs", ...claimsOf(attempt, place)]
      : ["the session of the source credentials has expired: get new ones"],
  InvalidClientTokenId: () => [
    "the access key is unknown, was deleted, or belongs to another partition; temporary keys (ASIA...) need the " +
    "AWS_SESSION_TOKEN they were issued with",
  ],
  UnrecognizedClient: () => ["the access key is unknown, or its session token is missing or another's"],
  SignatureDoesNotMatch: ({ message }) => [
    /expired|not yet current/i.test(message)
      ? "the clock of this machine is wrong: set it"
      : "AWS_SECRET_ACCESS_KEY is not the secret of this access key, or was cut or padded when it was stored",
  ],
  RequestExpired: () => ["the clock of this machine is wrong: set it"],
  RegionDisabled: (_, __, { region }) => [
    `STS is not activated in ${region} for this account; activate it there, or use another --region`,
  ],
  InsufficientSessionLifetime: () => [
    "the session ends before that: ask for less with --duration-seconds, or leave it out",
  ],
  MalformedPolicyDocument: () => ["correct the session policy given with --policy"],
  PackedPolicyTooLarge: () => ["shorten --policy, or give fewer --policy-arn and --tag"],
  IDPCommunicationError: () => [UNREACHABLE_PROVIDER],
  IDPRejectedClaim: (_, attempt, place) => [
    ...claimsOf(attempt, place),
    "the token is for another audience, has expired, or its signing key was replaced",
  ],
  InvalidIdentityToken: ({ message }, attempt, place) =>
    /retrieve verification key/i.test(message) ? [UNREACHABLE_PROVIDER] : [
      ...claimsOf(attempt, place),
      "check that the account has an OIDC provider for the token's issuer and audience",
    ],
  ValidationError: ({ message }) =>
    /MaxSessionDuration|DurationSeconds/.test(message)
      ? ["ask for less with --duration-seconds, or raise the role's own maximum"]
      : [],
  Throttling: throttled,
  RequestLimitExceeded: throttled,
};

function hintsFor(failure: ServiceFailure, attempt: Attempt, place: Place): readonly string[] {
  const code = failure.code.replace(/Exception$/, "");
  // The other side wrote the code, so it may be the name of a property that every object has.
  const hints = Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
  if (hints) return hints(failure, attempt, place);
  return (failure.status ?? 0) >= 500 ? ["STS, or what stands before it, has a fault; try again later"] : [];
}

/** What the token says, where one was refused. */
function claimsOf(attempt: Attempt, { now }: Place): readonly string[] {
  if (attempt.kind !== "role" || attempt.token === undefined) return [];
  return tokenHints(attempt.token, { role: attempt.role, now });
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors */
const UNREACHABLE_PROVIDER = "AWS could not reach the token's identity provider, which is usually temporary: try again";

function throttled(): readonly string[] {
  return ["too many requests at once in this account; try again, or raise AWS_MAX_ATTEMPTS"];
}
