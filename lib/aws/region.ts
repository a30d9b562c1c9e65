/**
 * Which region STS is called in, and which one the command gets.
 * It must not know how STS is called.
 *
 * @module
 */

import type { Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";

/** The regions of a run. */
export interface Region {
  /** STS is called, and requests are signed, for this one. */
  readonly sts: string;
  /** Where it came from. */
  readonly from: string;
  /** The command's: set over what it has, or filled in where it has none. Absent: nothing is known. */
  readonly child?: { readonly name: string; readonly overwrite: boolean };
}

// The oldest region of each partition, where STS is always active; botocore lists partitions and their regions:
// https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
const DEFAULT_REGIONS: Readonly<Record<string, string>> = {
  "aws": "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
};

/**
 * `--region`, else `AWS_REGION` or `AWS_DEFAULT_REGION` (the JavaScript SDK does not read the latter), else the profile's,
 * else the default region of the role's partition, which the command does not get.
 */
export function chooseRegion(
  typed: Sourced<string> | undefined,
  profile: Sourced<string> | undefined,
  partition: string,
): Region {
  const given = typed ?? profile;
  if (!given) {
    const name = DEFAULT_REGIONS[partition];
    if (!name) {
      throw new ArarError(`no region is known for partition ${quote(partition)}; give one with --region or AWS_REGION`);
    }
    return { sts: name, from: `default of partition ${partition}` };
  }
  // The region becomes a label of the endpoint's host name: https://www.rfc-editor.org/rfc/rfc1123#page-13
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(given.value)) {
    throw new ArarError(`${given.from} is ${quote(given.value)}; it takes the name of a region, such as eu-west-1`);
  }
  return {
    sts: given.value,
    from: given.from,
    child: { name: given.value, overwrite: given.from === "--region" },
  };
}
