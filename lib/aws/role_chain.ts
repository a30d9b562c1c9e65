/** AWS's rules for one step of a role chain: its duration, its partition, and whether it is needed at all. */

import { ArarError, quote } from "../errors.ts";
import { type Credentials, localExpiration, type RoleSession } from "./credentials.ts";
import type { RoleRequest } from "./role_request.ts";
import { isOfRole, partitionOf } from "./role_arn.ts";

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
