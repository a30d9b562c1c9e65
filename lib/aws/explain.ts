/**
 * Turns a failed call into an error with its cause and what to do, without secrets. Failures are recognized by their `name`,
 * so that the SDK need not be loaded.
 *
 * Codes: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */

import { ArarError, quote } from "../errors.ts";
import { readClaims, tokenHints } from "./claims.ts";
import { ConnectionError, describeConnection, isForeignAnswer } from "./connection_error.ts";
import { type Credentials, maskKeyId } from "./credentials.ts";
import type { RoleRequest } from "./role_request.ts";
import { describeSource, type Signer } from "./signer.ts";

/** The time limit was exceeded. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(readonly seconds: number) {
    super(`no answer within ${seconds} s`);
  }
}

/** What was tried when it failed, and as which caller. */
export type Step =
  | { readonly kind: "source"; readonly signer: Signer }
  | { readonly kind: "caller" | "narrow" | "user-session"; readonly credentials: Credentials }
  | {
    readonly kind: "role";
    readonly role: RoleRequest;
    readonly credentials?: Credentials;
    /** The web identity's token, in place of credentials. */
    readonly token?: string;
    /** The caller's ARN, if known. */
    readonly arn?: string | undefined;
  };

/** Where and when it was tried. */
export interface Context {
  readonly host: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Masks the run's secrets in a text. */
  readonly hide: (text: string) => string;
}

/** An error that STS returned, as the SDK represents it. */
interface ServiceFailure {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** The error for the user: cause and fix. An `ArarError` is passed on. */
export function explainFailure(error: unknown, step: Step, context: Context): ArarError {
  if (error instanceof ArarError) return error;
  const { what, hints } = explain(error, step, context);
  return new ArarError(`cannot ${describe(step)}: ${what}`, { hints, cause: error });
}

interface Explained {
  readonly what: string;
  readonly hints: readonly string[];
}

function explain(error: unknown, step: Step, context: Context): Explained {
  if (error instanceof DeadlineError) {
    const host = step.kind === "source" ? "" : ` from ${context.host}`;
    const hint = "check the network and the proxy, or try for longer with --timeout SECONDS";
    return { what: `no answer${host} within ${error.seconds} s`, hints: [hint] };
  }
  if (error instanceof ConnectionError) {
    if (isForeignAnswer(error)) return notSts(`${error.host} did not answer like STS: ${error.message}`);
    const { what, hint } = describeConnection(error, step.kind === "source" ? undefined : NETWORK);
    return { what, hints: [hint] };
  }
  const failure = serviceFailure(error);
  if (!failure) return notSts(`${context.host} did not answer like STS`);
  const [code, message] = [safeText(failure.code, step, context, 64), safeText(failure.message, step, context, 2000)];
  return { what: message ? `${code}: ${message}` : code, hints: hintsFor(failure, step, context) };
}

const NETWORK = "check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)";

function notSts(what: string): Explained {
  return {
    what,
    hints: ["check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and any proxy or load balancer on the way to AWS"],
  };
}

function describe(step: Step): string {
  switch (step.kind) {
    case "source":
      return `get the source credentials (${sourceOf(step.signer)})`;
    case "caller":
      return `get the caller identity of key ${maskKeyId(step.credentials.accessKeyId)}`;
    case "narrow":
      return `narrow the session of key ${maskKeyId(step.credentials.accessKeyId)}`;
    case "user-session":
      return `get a session of the IAM user of key ${maskKeyId(step.credentials.accessKeyId)}`;
    case "role": {
      const caller = step.arn ?? (step.credentials && `key ${maskKeyId(step.credentials.accessKeyId)}`);
      return `assume role ${quote(step.role.roleArn)} as ${caller ?? "the web identity"}`;
    }
    default:
      return step satisfies never;
  }
}

function sourceOf(signer: Signer): string {
  return `${describeSource(signer)}${signer.kind === "profile" ? ` of profile ${quote(signer.profile)}` : ""}`;
}

function serviceFailure(error: unknown): ServiceFailure | undefined {
  if (!(error instanceof Error) || !("$metadata" in error) || !("$fault" in error)) return undefined;
  const { $metadata: metadata } = error;
  const status = typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata
    ? Number(metadata.httpStatusCode)
    : undefined;
  // The SDK finds no code in a body that is not STS's, such as a proxy's page or a load balancer's 503.
  const unknown = error.name === "Error" || error.name === "UnknownError" || error.name === "Unknown";
  return { code: unknown ? `HTTP ${status}` : error.name, message: unknown ? "" : error.message, status };
}

/**
 * The first line of STS's message with secrets masked: STS may repeat what it was sent. After a wrong signature, the lines
 * below repeat the signed headers, including the session token. AWS's own example of a denial that names its policy has 540
 * characters.
 */
function safeText(text: string, step: Step, { hide }: Context, length: number): string {
  const credentials = step.kind === "source" ? undefined : step.credentials;
  const line = hide(text.split("\n")[0] ?? "");
  const keyless = credentials ? line.replaceAll(credentials.accessKeyId, maskKeyId(credentials.accessKeyId)) : line;
  return keyless.trim().slice(0, length).replace(/\.$/, "");
}

type Hints = string | ((failure: ServiceFailure, step: Step, context: Context) => readonly string[]);

const WRONG_CLOCK = "this machine's clock is wrong: set it";
const THROTTLED = "too many requests at once in this account; try again, or raise AWS_MAX_ATTEMPTS";
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors */
const UNREACHABLE_PROVIDER = "AWS could not reach the token's identity provider, which is usually temporary: try again";

/** By code, without the suffix `Exception`: the SDK adds it to some that have none on the wire. */
const HINTS: Readonly<Record<string, Hints>> = {
  AccessDenied: ({ message }, step, { now }) =>
    step.kind === "role" ? denialHints(message, { ...step, caller: step.arn, now }) : wrongCodeHints(message),
  ExpiredToken: (_, step, context) =>
    step.kind === "role" && !step.credentials
      ? ["the OIDC token has expired: get a new one right before arar runs", ...claimsOf(step, context)]
      : ["the source credentials have expired: get new ones"],
  InvalidClientTokenId:
    "the access key is unknown, was deleted, or belongs to another partition; temporary keys (ASIA...) need the " +
    "AWS_SESSION_TOKEN they were issued with",
  UnrecognizedClient: "the access key is unknown, or its session token is missing or belongs to another key",
  SignatureDoesNotMatch: ({ message }) => [
    /expired|not yet current/i.test(message)
      ? WRONG_CLOCK
      : "AWS_SECRET_ACCESS_KEY does not belong to this access key, or was truncated or padded when it was stored",
  ],
  RequestExpired: WRONG_CLOCK,
  RegionDisabled: (_, __, { region }) => [
    `STS is not activated in ${region} for this account; activate it there, or use another --region`,
  ],
  InsufficientSessionLifetime: "the session expires before that: use a shorter --duration-seconds, or leave it out",
  MalformedPolicyDocument: "fix the session policy given with --policy",
  PackedPolicyTooLarge: "shorten --policy, or use fewer --policy-arn and --tag options",
  IDPCommunicationError: UNREACHABLE_PROVIDER,
  IDPRejectedClaim: (_, step, context) =>
    claimsOf(step, context, "the token is for another audience, has expired, or its signing key was rotated"),
  InvalidIdentityToken: ({ message }, step, context) =>
    /retrieve verification key/i.test(message)
      ? [UNREACHABLE_PROVIDER]
      : claimsOf(step, context, "check that the account has an OIDC provider for the token's issuer and audience"),
  ValidationError: ({ message }) =>
    /MaxSessionDuration|DurationSeconds/.test(message)
      ? ["use a shorter --duration-seconds, or raise the role's MaxSessionDuration"]
      : [],
  Throttling: THROTTLED,
  RequestLimitExceeded: THROTTLED,
};

function hintsFor(failure: ServiceFailure, step: Step, context: Context): readonly string[] {
  const code = failure.code.replace(/Exception$/, "");
  // The server chose the code, so it may be the name of a property that every object has.
  const hints = Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
  if (hints) return typeof hints === "string" ? [hints] : hints(failure, step, context);
  return (failure.status ?? 0) >= 500 ? ["STS or a proxy in front of it has failed; try again later"] : [];
}

/** The claims of the rejected token, and then the advice, which no provider helps if the token is not a JWT. */
function claimsOf(step: Step, { now }: Context, ...advice: readonly string[]): readonly string[] {
  if (step.kind !== "role" || step.token === undefined) return advice;
  const hints = tokenHints(step.token, { roleArn: step.role.roleArn, now });
  return readClaims(step.token) ? [...hints, ...advice] : hints;
}

/** The denied request. */
export interface Denied {
  readonly role: RoleRequest;
  /** The caller's ARN, if known. */
  readonly caller?: string | undefined;
  /** The OIDC token, if the role was requested with one instead of credentials. */
  readonly token?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to do about AccessDenied: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html */
export function denialHints(message: string, denied: Denied): readonly string[] {
  const wrongCode = wrongCodeHints(message);
  if (wrongCode.length > 0) return wrongCode;
  if (denied.caller?.endsWith(":root") || /\broot accounts?\b/i.test(message)) {
    return ["the root user of an account cannot assume roles: use the keys of an IAM user or role"];
  }
  const claims = denied.token === undefined
    ? []
    : tokenHints(denied.token, { roleArn: denied.role.roleArn, now: denied.now });
  return namesPolicy(message) ? claims : [...claims, `common causes: ${commonCauses(denied).join("; ")}`];
}

/** What to do about a wrong MFA code, if that is what it is. */
function wrongCodeHints(message: string): readonly string[] {
  return /invalid MFA one time pass code/i.test(message)
    ? ["the MFA code is wrong or was already used: each code works once, so wait for the next one"]
    : [];
}

/**
 * Whether AWS says which policy denied. A missing allow in a resource-based policy means the trust policy, and which of its
 * conditions failed is not said. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function namesPolicy(message: string): boolean {
  return /\bexplicit deny in an? [\w -]*(?:policy|boundary)\b/i.test(message) ||
    /\bbecause no (?!resource-based)[\w -]*(?:policy|boundary) allows\b/i.test(message);
}

/** Most likely first. */
function commonCauses({ role, token }: Denied): readonly string[] {
  const signed = token === undefined;
  return [
    signed
      ? "the role's trust policy does not allow this caller, or the caller's own policy does not allow sts:AssumeRole"
      : "the role's trust policy does not accept these claims",
    "the role does not exist, or its name is misspelled",
    signed && role.sessionName.kind !== "user-name" &&
    "the trust policy requires the user name as the session name: use -u",
    signed && role.externalId === undefined && "it requires an external ID: use --external-id",
    signed && !role.mfa && "it requires MFA: use --serial-number",
    role.tags.length > 0 && "session tags need sts:TagSession in the trust policy",
    role.sourceIdentity !== undefined && "a source identity needs sts:SetSourceIdentity in the trust policy",
  ].filter((cause) => typeof cause === "string");
}
