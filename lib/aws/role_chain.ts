/**
 * AWS's rules for one step of a role chain: for how long, across which borders, and whether it is needed at all.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Credentials, localExpiration, type RoleSession } from "./credentials.ts";
import type { RoleRequest } from "./role_request.ts";
import { accountOf, partitionOf } from "./role_arn.ts";

/**
 * A session obtained with temporary credentials lasts an hour at most:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#iam-term-role-chaining
 */
export const CHAINED_SECONDS = 3600;

/** The least time that must be left of a session that is used again, if no duration was asked for. */
const ENOUGH_SECONDS = 900;

/** Whether the duration asked for is more than a session assumed with these credentials can last. */
export function exceedsChain(role: RoleRequest, credentials: Credentials | undefined): boolean {
  return credentials?.sessionToken !== undefined && (role.durationSeconds ?? 0) > CHAINED_SECONDS;
}

/** Whether the session can be used as it is: it belongs to the role, lasts long enough, and nothing asked for needs a new one. */
export function isThere(session: RoleSession, role: RoleRequest, now: number): boolean {
  const left = (localExpiration(session).getTime() - now) / 1000;
  return alreadyTarget(session.arn, role.roleArn) && !wantsNewSession(role) &&
    left >= (role.durationSeconds ?? ENOUGH_SECONDS);
}

/**
 * Whether the caller is a session of this role. An assumed role's ARN has no path, so only account and name can be compared:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function alreadyTarget(callerArn: string, roleArn: string): boolean {
  const caller = /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\/[^/]+$/.exec(callerArn)?.[1];
  const role = /^arn:[^:]+:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(roleArn)?.[1];
  return caller !== undefined && caller === role &&
    accountOf(callerArn) === accountOf(roleArn) && partitionOf(callerArn) === partitionOf(roleArn);
}

/** An external id makes no difference to the session. */
function wantsNewSession({ sessionName, policy, passed, mfa, ...lists }: RoleRequest): boolean {
  const named = sessionName.kind === "given" && !sessionName.generated;
  return named || policy !== undefined || Object.keys(passed).some((name) => name !== "external-id") ||
    mfa !== undefined ||
    lists.policyArns.length > 0 || lists.tags.length > 0 || lists.transitiveTagKeys.length > 0;
}

/** Refuses a role of another partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export function refusePartition(callerArn: string | undefined, { roleArn }: RoleRequest): void {
  if (!callerArn || partitionOf(callerArn) === partitionOf(roleArn)) return;
  throw new ArarError(
    `caller ${quote(callerArn)} cannot assume role ${quote(roleArn)}: a role cannot be assumed across partitions`,
  );
}
