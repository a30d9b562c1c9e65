/**
 * Checks and takes apart the ARNs of roles and callers.
 *
 * Formats: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import { flawOf } from "./flaws.ts";

// Partitions are not listed: new ones are added (`aws-eusc` is the latest). Path and name: the IAM API's own patterns,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::([\w-]*):role\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/;

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
