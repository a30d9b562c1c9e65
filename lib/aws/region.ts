/** Chooses the region that STS is called in, and the one the command gets. */

import { Origin, type Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";

export interface Region {
  /** The region that STS is called in, and that requests are signed for. */
  readonly sts: string;
  readonly from: Origin;
  /** The command's region: replaces the one it has, or is set if it has none. Absent: none is known. */
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

/** Pseudo regions, the older way to ask for FIPS endpoints: https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html */
const FIPS = /^fips-|-fips$/;

/** Whether the region stands for the FIPS endpoints of another, as `us-east-1-fips` does. */
export function isFipsRegion(name: string): boolean {
  return FIPS.test(name);
}

/**
 * The given region, otherwise the default of the role's partition, which the command does not get. A region from the
 * command line replaces the command's own; any other is set only if the command has none and does not find it by itself.
 */
export function chooseRegion(
  given: Sourced<string> | undefined,
  partition: string,
  isDefaultProfiles = false,
): Region {
  if (given) {
    const child = { name: given.value, overwrite: given.from.layer === "command-line" };
    // The command gets a pseudo region as it is: its own tools ask for FIPS by it.
    return { sts: given.value.replace(FIPS, ""), from: given.from, ...(!isDefaultProfiles && { child }) };
  }
  const name = DEFAULT_REGIONS[partition];
  if (name) return { sts: name, from: new Origin("default", `default of partition ${partition}`) };
  throw new ArarError(`no region is known for partition ${quote(partition)}; set one with --region or AWS_REGION`);
}
