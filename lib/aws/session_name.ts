/**
 * Role session names: the generated one, and the one that a caller has. A name is never altered: trust policies compare it.
 */

import { ArarError, quote } from "../errors.ts";

/** The name for a run that has none, such as `arar-1767225600`. */
export function generatedSessionName(now: number): string {
  return `arar-${Math.floor(now / 1000)}`;
}

/**
 * The session name of `--username-session`: a caller's IAM user name, the last segment of `arn:P:iam::ID:user/PATH/NAME`, or an
 * assumed role's own session name, which is passed on. Root and federated users have neither. moto, which many use for tests,
 * returns `arn:aws:sts::ID:user/moto` until it has a user.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
export function callerSessionName(
  callerArn: string,
): { readonly name: string; readonly kind: "user" | "assumed-role" } {
  const [, kind, rest] = /^arn:[^:]+:(?:iam|sts)::\d{12}:([a-z-]+)(?:\/(.+))?$/.exec(callerArn) ?? [];
  const name = rest?.split("/").at(-1) ?? "";
  if (kind === "user" && name.length > 1) return { name, kind: "user" };
  if (kind === "assumed-role" && name !== "") return { name, kind: "assumed-role" };
  const [why, use = "use --role-session-name NAME"] = noUserName(kind, name);
  throw new ArarError(`cannot take the session name from caller ${quote(callerArn)}: ${why}; ${use}`);
}

/** Why the caller has no name for a session, and what to do if another name would not help: AWS denies roles to root. */
function noUserName(kind: string | undefined, name: string): readonly [why: string, use?: string] {
  if (kind === "root") {
    return ["the root user has no user name and cannot assume roles", "use the keys of an IAM user or role"];
  }
  if (kind === "user" && name !== "") {
    return ["a role session name has at least two characters, but this user name has one"];
  }
  return [`${kind === "federated-user" ? "a federated user" : "this caller"} has no IAM user name`];
}
