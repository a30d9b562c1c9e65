/**
 * Role session names: the generated one, and which one a caller has. A name is never changed: trust policies compare it.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";

/** A name for a run without one, such as `arar-1767225600`. */
export function generatedSessionName(now: number): string {
  return `arar-${Math.floor(now / 1000)}`;
}

/** The session name of `--username-session`, and the kind of caller it comes from. */
export interface CallerName {
  readonly name: string;
  /** An assumed role has no user name: its own session name is passed on. */
  readonly kind: "user" | "assumed-role";
}

/**
 * The IAM user name of a caller, the last segment of `arn:P:iam::ID:user/PATH/NAME`, or the session name of an assumed role.
 * Root and federated users have neither. moto, which many test against, answers `arn:aws:sts::ID:user/moto` until it is told
 * of a user.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
export function callerSessionName(callerArn: string): CallerName {
  const [, service, kind, rest] = /^arn:[^:]+:(iam|sts)::\d{12}:([a-z-]+)(?:\/(.+))?$/.exec(callerArn) ?? [];
  const name = rest?.split("/").at(-1) ?? "";
  if (kind === "user" && name !== "") {
    if (name.length > 1) return { name, kind: "user" };
    throw noUserName(callerArn, "a role session name has at least two characters, this user name has one");
  }
  if (service === "sts" && kind === "assumed-role" && name !== "") return { name, kind: "assumed-role" };
  if (kind === "root") throw noUserName(callerArn, "the root user has none, nor can it assume roles", ANOTHER_USER);
  if (kind === "federated-user") throw noUserName(callerArn, "a federated user has no IAM user name");
  throw noUserName(callerArn, "this caller has no IAM user name");
}

/** AWS denies roles to root: another session name would not help. */
const ANOTHER_USER = "use the keys of an IAM user or of a role";

function noUserName(callerArn: string, why: string, use = "use --role-session-name NAME"): ArarError {
  return new ArarError(`cannot take the session name from caller ${quote(callerArn)}: ${why}; ${use}`);
}
