/**
 * From a failed call to STS to its cause and what to do about it.
 * It must not know the SDK's classes (a failure is told by its `name`), and never shows a secret.
 *
 * Codes: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Credentials, maskKeyId } from "./credentials.ts";
import { DeadlineError } from "./deadline.ts";
import type { RoleRequest } from "./role_request.ts";
import type { Signer } from "./signer.ts";
import { ConnectionError } from "./http.ts";

/** What was tried when it failed, and as whom. */
export type Attempt =
  | { readonly kind: "source"; readonly signer: Signer }
  | { readonly kind: "caller"; readonly credentials: Credentials }
  | {
    readonly kind: "role";
    readonly role: RoleRequest;
    readonly credentials?: Credentials;
    /** The web identity's token, in place of credentials. */
    readonly token?: string;
    readonly arn?: string;
  };

/** Where it was tried. */
export interface Place {
  readonly host: string;
  readonly region: string;
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
    return new ArarError(`cannot ${tried}: no answer from ${place.host} within ${error.seconds} s`, {
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
  const message = safeMessage(failure.message, attempt);
  const detail = message ? `${failure.code}: ${message}` : failure.code;
  return new ArarError(`cannot ${tried}: ${detail}`, { hints: hintsFor(failure, attempt, place), cause: error });
}

function describe(attempt: Attempt): string {
  switch (attempt.kind) {
    case "source":
      return `get the source credentials (${attempt.signer.kind})`;
    case "caller":
      return `ask STS who key ${maskKeyId(attempt.credentials.accessKeyId)} is`;
    case "role": {
      const caller = attempt.arn ?? (attempt.credentials && `key ${maskKeyId(attempt.credentials.accessKeyId)}`);
      return `assume role ${quote(attempt.role.roleArn)} as ${caller ?? "the web identity"}`;
    }
    default: {
      const never: never = attempt;
      return never;
    }
  }
}

function explainConnection(error: ConnectionError, tried: string): ArarError {
  // "it answered with a redirect", "its answer is too long"
  const answered = /^its? answer/.test(error.message);
  const what = answered ? `${error.host} did not answer as STS does` : `no answer from ${error.host}`;
  return new ArarError(`cannot ${tried}: ${what}: ${error.message}`, {
    hints: [answered ? ENDPOINT_HINT : connectionHint(error.message)],
    cause: error,
  });
}

function connectionHint(reason: string): string {
  if (/certificate/i.test(reason)) {
    return "if a proxy or an endpoint of your own has its own authority, name its PEM file in AWS_CA_BUNDLE";
  }
  if (/unsuccessful tunnel|proxy/i.test(reason)) {
    return "the proxy that HTTPS_PROXY names refuses: check its address, user name and password, and NO_PROXY";
  }
  return "check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)";
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
 * The first line of what STS says, without what must not be shown. The lines below it, in an answer to a wrong signature,
 * repeat the signed headers, the session token among them.
 */
function safeMessage(message: string, attempt: Attempt): string {
  const line = message.split("\n")[0] ?? "";
  const credentials = attempt.kind === "source" ? undefined : attempt.credentials;
  const token = attempt.kind === "role" ? attempt.token : undefined;
  const secrets = [credentials?.secretAccessKey, credentials?.sessionToken, token]
    .filter((secret) => secret !== undefined);
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, "***"), line);
  return hidden.trim().slice(0, 600).replace(/\.$/, "");
}

type Hints = (failure: ServiceFailure, attempt: Attempt, place: Place) => readonly string[];

/** By code, without the suffix `Exception`: the SDK adds it to some that have none on the wire. */
const HINTS: Readonly<Record<string, Hints>> = {
  AccessDenied: accessDenied,
  ExpiredToken: (_, attempt) =>
    attempt.kind === "role" && !attempt.credentials
      ? ["the OIDC token has ended; get a new one just before arar runs"]
      : ["the source credentials' session has ended; get new ones"],
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
  MalformedPolicyDocument: () => ["correct the session policy given with --policy"],
  PackedPolicyTooLarge: () => ["shorten --policy, or give fewer --policy-arn and --tag"],
  IDPCommunicationError: unreachableProvider,
  IDPRejectedClaim: () => ["the token was issued for another audience, has ended, or its key was replaced"],
  InvalidIdentityToken: (failure) =>
    /retrieve verification key/i.test(failure.message)
      ? unreachableProvider()
      : ["check that the account has an OIDC provider for the token's issuer and audience"],
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

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors */
function unreachableProvider(): readonly string[] {
  return ["AWS could not reach the token's identity provider, which passes by itself: try again"];
}

function throttled(): readonly string[] {
  return ["too many requests at once in this account; try again, or raise AWS_MAX_ATTEMPTS"];
}

/** What usually denies, the likeliest first: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html */
function accessDenied({ message }: ServiceFailure, attempt: Attempt): readonly string[] {
  if (attempt.kind !== "role") return [];
  const { role, credentials } = attempt;
  if (/invalid MFA one time pass code/i.test(message)) {
    return ["the MFA code is wrong, or was used before: a code serves once, wait for the next"];
  }
  const usual = [
    credentials
      ? "the role's trust policy does not name this caller, or the caller's own policy does not allow sts:AssumeRole"
      : "the role's trust policy does not accept this token's issuer, audience or subject",
    credentials && role.sessionName.kind !== "user-name" &&
    "the trust policy demands the user name as session name: use -u",
    credentials && role.externalId === undefined && "it demands an external id: use --external-id",
    credentials && !role.mfa && "it demands MFA: use --serial-number",
    role.tags.length > 0 && "session tags need sts:TagSession in the trust policy",
    role.sourceIdentity !== undefined && "a source identity needs sts:SetSourceIdentity in the trust policy",
  ].filter((hint) => typeof hint === "string");
  return [`what usually denies: ${usual.join("; ")}`];
}
