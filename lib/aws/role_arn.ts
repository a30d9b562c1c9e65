/**
 * ARNs of roles and of callers, taken apart.
 * It must not know what they are used for.
 *
 * Shapes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";

/** An IAM role's ARN, taken apart. */
export interface RoleArn {
  readonly arn: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  readonly accountId: string;
  /** The last segment: an assumed role's ARN has no path. */
  readonly roleName: string;
}

// Partitions are not listed: new ones come (`aws-eusc` is the latest). Path and name: the IAM API's own patterns,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
const ROLE_ARN = /^arn:(aws(?:-[a-z]+)*):iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/;

/** Takes a role's ARN apart; throws an `ArarError` if it is not one. */
export function parseRoleArn(given: Sourced<string>): RoleArn {
  const [arn, partition, accountId, roleName] = ROLE_ARN.exec(given.value) ??
    [];
  if (!arn || !partition || !accountId || !roleName || arn.length > 2048) {
    throw new ArarError(
      `${given.from} is ${quote(given.value)}; it takes the ARN of an IAM role, arn:aws:iam::123456789012:role/NAME`,
    );
  }
  return { arn, partition, accountId, roleName };
}

/** The partition of any ARN. */
export function partitionOf(arn: string): string | undefined {
  return /^arn:([^:]+):/.exec(arn)?.[1];
}

/** The account of any ARN. */
export function accountOf(arn: string): string | undefined {
  return /^arn:[^:]+:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
}
