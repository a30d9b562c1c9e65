/**
 * What AWS's rules say between one role of a chain and the next: who may go where, for how long, and which step is no step.
 * It must not make a call, nor say anything.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Credentials, localExpiration, type RoleSession } from "./credentials.ts";
import type { RoleRequest } from "./role_request.ts";
import { alreadyTarget } from "./identity.ts";
import { partitionOf } from "./role_arn.ts";

/**
 * A session obtained with temporary credentials lasts an hour at most:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#iam-term-role-chaining
 */
export const CHAINED_SECONDS = 3600;

/** What is left of a session must be worth running with where no duration was asked for. */
const ENOUGH_SECONDS = 900;

/** Whether the role's duration is more than a session with these credentials can last. */
export function exceedsChain(role: RoleRequest, credentials: Credentials | undefined): boolean {
  return credentials?.sessionToken !== undefined && (role.durationSeconds ?? 0) > CHAINED_SECONDS;
}

/** Whether the session is what the role would get, and nothing that only a new one could have was asked for. */
export function isThere(session: RoleSession, role: RoleRequest, now: number): boolean {
  const left = (localExpiration(session).getTime() - now) / 1000;
  return alreadyTarget(session.arn, role.roleArn) && !wantsNewSession(role) &&
    left >= (role.durationSeconds ?? ENOUGH_SECONDS);
}

/** An external id only opens the door: the session behind it is the same. */
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
