/**
 * What two ARNs say about each other: whether a caller is a session of a role already.
 * It must not know how an identity is found out.
 *
 * @module
 */

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
