/**
 * Role session names: what STS takes, and which one a caller has.
 * It makes no call and never changes a name.
 *
 * @module
 */

import type { Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";

// STS: 2-64 of [\w+=,.@-], \w being ASCII:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** The name as given; throws an `ArarError` if STS would refuse it. It is never changed: trust policies compare it. */
export function checkSessionName(given: Sourced<string>): string {
  if (SESSION_NAME.test(given.value)) return given.value;
  throw new ArarError(
    `${given.from} is ${quote(given.value)}; a role session name takes 2 to 64 of A-Z a-z 0-9 _ + = , . @ -`,
  );
}

/** A name for a run that was given none, such as `arar-1767225600`. */
export function generatedSessionName(now: number): string {
  return `arar-${Math.floor(now / 1000)}`;
}

/** The session name of `--username-session`, and what kind of caller it was read from. */
export interface CallerName {
  readonly name: string;
  /** An assumed role has no user name: its own session name is carried on. */
  readonly kind: "user" | "assumed-role";
}

/**
 * The IAM user name of a caller, the last segment of `arn:P:iam::ID:user/PATH/NAME`; the session's own name for an assumed
 * role. Others (root, federated users) have neither.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
export function callerSessionName(callerArn: string): CallerName {
  const [, service, kind, rest] = /^arn:[^:]+:(iam|sts)::\d{12}:([a-z-]+)(?:\/(.+))?$/.exec(callerArn) ?? [];
  const name = rest?.split("/").at(-1) ?? "";
  if (service === "iam" && kind === "user" && name !== "") {
    if (name.length > 1) return { name, kind: "user" };
    throw noUserName(callerArn, "a role session name has at least two characters, so this user name can be none");
  }
  if (service === "sts" && kind === "assumed-role" && name !== "") {
    return { name, kind: "assumed-role" };
  }
  if (kind === "root") {
    throw noUserName(callerArn, "the account's root user has no IAM user name");
  }
  if (kind === "federated-user") {
    throw noUserName(callerArn, "a federated user has no IAM user name");
  }
  throw noUserName(callerArn, "this caller has no IAM user name");
}

function noUserName(callerArn: string, why: string): ArarError {
  return new ArarError(
    `cannot take the session name from caller ${quote(callerArn)}: ${why}; use --role-session-name NAME`,
  );
}
