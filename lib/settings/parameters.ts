/**
 * Which options and variables hold the optional parameters of AssumeRole.
 * It must not know what STS takes for them.
 *
 * @module
 */

import type { GivenParameters } from "../aws/parameters.ts";
import { readList, readValue, type Typed } from "../cli/values.ts";

/** The parameters as typed or exported. */
export function givenParameters(typed: Typed): GivenParameters {
  return {
    externalId: readValue(typed, "external-id"),
    sourceIdentity: readValue(typed, "source-identity"),
    policy: readValue(typed, "policy"),
    policyArns: readList(typed.options, "policy-arn"),
    tags: readList(typed.options, "tag"),
    transitiveTagKeys: readList(typed.options, "transitive-tag-key"),
  };
}
