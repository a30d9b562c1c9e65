/**
 * AWS's rules for roles: their ARNs, role session names, and one step of a role chain.
 *
 * Formats: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import { type Credentials, localExpiration, type RoleSession } from "./credentials.ts";
import { flawOf } from "./keys.ts";
import type { RoleRequest } from "./role_request.ts";

// Partitions are not listed: new ones are added (`aws-eusc` is the latest). Path and name: the IAM API's own patterns,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::([\w-]*):role\/(?:(?!.*,arn:)[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/;

/**
 * The ARN of a role; throws an `ArarError` that says why it is not one. If STS may be another than AWS's, the account may
 * be anything: Ceph has `arn:aws:iam:::role/NAME`, and tenants (https://docs.ceph.com/en/latest/radosgw/role/).
 */
export function checkRoleArn(
  { value, from }: Sourced<string>,
  { anyAccount = false }: { readonly anyAccount?: boolean } = {},
): string {
  const accountId = value.length > 2048 ? undefined : ROLE_ARN.exec(value)?.[1];
  if (accountId !== undefined && (anyAccount || /^\d{12}$/.test(accountId))) return value;
  const expected = "expected the ARN of an IAM role, arn:aws:iam::123456789012:role/NAME";
  throw new ArarError(`${from} is ${quote(value)}${problemOf(value, accountId)}; ${expected}`);
}

function problemOf(value: string, accountId: string | undefined): string {
  const flaw = flawOf(value);
  if (flaw) return `, which ${flaw}`;
  if (accountId === "") return ", which has no account ID";
  if (/,\s*arn:/.test(value)) return ", which is several ARNs: repeat --role-arn for a role chain";
  return value.includes(":") ? "" : ", which is a name, not an ARN";
}

/** The partition of any ARN. */
export function partitionOf(arn: string): string | undefined {
  return /^arn:([^:]+):/.exec(arn)?.[1];
}

/** The account ID of any ARN. */
export function accountOf(arn: string): string | undefined {
  return /^arn:[^:]+:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
}

/** The account of a role session's ARN, which may be empty or a name if STS is not AWS's; `undefined` for any other ARN. */
export function accountOfSession(arn: string): string | undefined {
  return /^arn:[^:]+:sts::([\w-]*):assumed-role\/./.exec(arn)?.[1];
}

/**
 * Whether a session is one of this role. Its ARN has no path, so only account and name can be compared:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 * With `anyAccount` the account need
 * not be one of AWS's: an STS look-alike may have none.
 */
export function isOfRole(
  sessionArn: string,
  roleArn: string,
  { anyAccount = false }: { readonly anyAccount?: boolean } = {},
): boolean {
  const [, account, name] = /^arn:[^:]+:sts::([\w-]*):assumed-role\/([^/]+)\/./.exec(sessionArn) ?? [];
  const [, wantedAccount, wantedName] = /^arn:[^:]+:iam::([\w-]*):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  if (!name || !wantedName || name !== wantedName) return false;
  if (anyAccount && !(accountOf(sessionArn) && accountOf(roleArn))) return true;
  return account === wantedAccount && partitionOf(sessionArn) === partitionOf(roleArn);
}

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

/**
 * A session obtained with temporary credentials lasts at most an hour:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#iam-term-role-chaining
 */
export const CHAINED_SECONDS = 3600;

/** How long a reused session must last if no duration was requested. */
const ENOUGH_SECONDS = 900;

/** Whether the requested duration is longer than a session can last that these credentials get. */
export function exceedsChain(role: RoleRequest, credentials: Credentials | undefined): boolean {
  return credentials?.sessionToken !== undefined && (role.durationSeconds ?? 0) > CHAINED_SECONDS;
}

/** Whether the session can be used as it is: it is the role's, lasts long enough, and the request needs no new one. */
export function isReusable(session: RoleSession, role: RoleRequest, now: number): boolean {
  const remaining = (localExpiration(session).getTime() - now) / 1000;
  return isOfRole(session.arn, role.roleArn) && !needsNewSession(role) &&
    remaining >= (role.durationSeconds ?? ENOUGH_SECONDS);
}

/** An external ID makes no difference to the session. */
function needsNewSession({ sessionName, policy, sourceIdentity, mfa, ...lists }: RoleRequest): boolean {
  const named = sessionName.kind === "given" && !sessionName.generated;
  return named || policy !== undefined || sourceIdentity !== undefined || mfa !== undefined ||
    lists.policyArns.length > 0 || lists.tags.length > 0 || lists.transitiveTagKeys.length > 0;
}

/** Refuses a role of another partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export function refusePartition(callerArn: string | undefined, { roleArn }: RoleRequest): void {
  if (!callerArn || partitionOf(callerArn) === partitionOf(roleArn)) return;
  throw new ArarError(
    `caller ${quote(callerArn)} cannot assume role ${quote(roleArn)}: a role cannot be assumed across partitions`,
  );
}
