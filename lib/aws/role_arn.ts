/**
 * ARNs of roles and of callers, taken apart.
 *
 * Shapes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import { flawOf } from "./flaws.ts";

/** An IAM role's ARN, taken apart. */
export interface RoleArn {
  readonly arn: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  /** Twelve digits at AWS; elsewhere maybe a tenant's name, or empty. */
  readonly accountId: string;
  /** The last segment: an assumed role's ARN has no path. */
  readonly roleName: string;
}

/** Which roles count. */
export interface RoleArnOptions {
  /**
   * Whether STS may not be AWS's, so that the account may be anything: Ceph has `arn:aws:iam:::role/NAME`, and tenants
   * (https://docs.ceph.com/en/latest/radosgw/role/).
   */
  readonly allowNoAccount?: boolean;
}

// Partitions are not listed: new ones come (`aws-eusc` is the latest). Path and name: the IAM API's own patterns,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
const ROLE_ARN = /^arn:(aws(?:-[a-z]+)*):iam::([\w-]*):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/;
const ACCOUNT = /^\d{12}$/;

/** Takes a role's ARN apart; throws an `ArarError` that says why it is not one. */
export function parseRoleArn(given: Sourced<string>, { allowNoAccount = false }: RoleArnOptions = {}): RoleArn {
  const { value } = given;
  const [arn, partition, accountId, roleName] = value.length > 2048 ? [] : ROLE_ARN.exec(value) ?? [];
  if (arn && partition && accountId !== undefined && roleName && (allowNoAccount || ACCOUNT.test(accountId))) {
    return { arn, partition, accountId, roleName };
  }
  const expected = "expected the ARN of an IAM role, arn:aws:iam::123456789012:role/NAME";
  throw new ArarError(`${given.from} is ${quote(value)}${problemOf(value, accountId)}; ${expected}`);
}

function problemOf(value: string, accountId: string | undefined): string {
  const flaw = flawOf(value);
  if (flaw) return `, which ${flaw}`;
  if (accountId === "") return ", which has no account";
  return value.includes(":") ? "" : ", which is a name, not an ARN";
}

/** The partition of any ARN. */
export function partitionOf(arn: string): string | undefined {
  return /^arn:([^:]+):/.exec(arn)?.[1];
}

/** The account of any ARN. */
export function accountOf(arn: string): string | undefined {
  return /^arn:[^:]+:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
}

/** The account of a role session's ARN, empty if an STS that is not AWS's has none; `undefined` for any other ARN. */
export function accountOfSession(arn: string): string | undefined {
  return /^arn:[^:]+:sts::([\w-]*):assumed-role\/./.exec(arn)?.[1];
}
