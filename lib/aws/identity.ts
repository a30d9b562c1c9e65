/**
 * What two ARNs say about each other: whether a caller is a session of a role already, and in which account a role is.
 * It must not know how an identity is found out.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import { accountOf, partitionOf } from "./role_arn.ts";

/**
 * Whether the caller is a session of this role. An assumed role's ARN has no path, so that account and name are all there is
 * to compare: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function alreadyTarget(callerArn: string, roleArn: string): boolean {
  const caller = /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\/[^/]+$/.exec(callerArn)?.[1];
  const role = /^arn:[^:]+:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(roleArn)?.[1];
  return caller !== undefined && caller === role &&
    accountOf(callerArn) === accountOf(roleArn) && partitionOf(callerArn) === partitionOf(roleArn);
}

/** Throws an `ArarError` where accounts are expected and this is none of them. */
export function checkExpectedAccount(accountId: string, expected: readonly string[]): void {
  if (expected.length === 0 || expected.includes(accountId)) return;
  throw new ArarError(`the assumed role is in account ${accountId}, but --expect-account is ${expected.join(", ")}`);
}
