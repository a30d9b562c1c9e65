/**
 * Turns a failed call into an error with its cause and what to do, without secrets. Failures are recognized by their `name`,
 * so that the SDK need not be loaded.
 *
 * Codes: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */

import { ArarError, quote } from "../errors.ts";
import { tokenHints } from "./claims.ts";
import { ConnectionError, describeConnection, isForeignAnswer } from "./connection_error.ts";
import { type Credentials, maskKeyId } from "./credentials.ts";
import type { RoleRequest } from "./role_request.ts";
import { denialHints, wrongCodeHints } from "./denial.ts";
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
  const { what, said, hints } = explain(error, step, context);
  const [task, caller] = [`cannot ${describe(step)}`, callerOf(step)];
  const line = `${task}${caller ? ` as ${caller}` : ""}: ${what}`;
  const whole = [line, said?.join("; ")].filter(Boolean).join(": ");
  if (whole.length <= LONGEST) return new ArarError(whole, { hints, cause: error });
  const below = said?.map(sts) ?? [];
  if (line.length <= LONGEST) return new ArarError(line, { detail: below.join("\n"), hints, cause: error });
  const all = [...caller ? [`the caller is ${caller}`] : [], said ? sts(what) : what, ...below];
  return new ArarError(task, { detail: all.join("\n"), hints, cause: error });
}

/** A longer line is split: with `arar: ` before it, it would wrap in any terminal. */
const LONGEST = 154;

function sts(said: string): string {
  return `STS said: ${said}`;
}

interface Explained {
  readonly what: string;
  /** What STS said besides that; `undefined` if it was not STS. */
  readonly said?: readonly string[];
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
  return { what: code, said: newIn(message, step), hints: hintsFor(failure, step, context) };
}

/** What AWS's message says beyond the line above it, which names caller and role already. */
function newIn(message: string, step: Step): readonly string[] {
  const all = message ? [message] : [];
  if (step.kind !== "role") return all;
  const [, caller, action, role, rest = ""] =
    /^User: (\S+) is not authorized to perform: (sts:\w+) on resource: (\S+?)((?: because| with) .*)?$/.exec(message) ??
      [];
  if (role !== step.role.roleArn) return all;
  return [
    ...caller === step.arn ? [] : [`the caller is ${caller}`],
    ...action === "sts:AssumeRole" && !rest ? [] : [`${action} is not allowed${rest}`],
  ];
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
    case "role":
      return `assume role ${quote(step.role.roleArn)}`;
    default:
      return step satisfies never;
  }
}

/** Who assumes the role; the other steps name their key themselves. */
function callerOf(step: Step): string | undefined {
  if (step.kind !== "role") return undefined;
  return step.arn ?? (step.credentials ? `key ${maskKeyId(step.credentials.accessKeyId)}` : "the web identity");
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
    "session token they were issued with",
  UnrecognizedClient: "the access key is unknown, or its session token is missing or belongs to another key",
  SignatureDoesNotMatch: ({ message }) => [
    /expired|not yet current/i.test(message)
      ? WRONG_CLOCK
      : "the secret access key does not belong to this access key, or was truncated or padded when it was stored",
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

/** The advice, with the claims of the rejected token. */
function claimsOf(step: Step, { now }: Context, ...advice: readonly string[]): readonly string[] {
  if (step.kind !== "role" || step.token === undefined) return advice;
  return tokenHints(step.token, { roleArn: step.role.roleArn, now }, advice);
}
