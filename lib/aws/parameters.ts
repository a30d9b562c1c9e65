/**
 * The optional parameters of AssumeRole as typed, checked against its limits before any call.
 * It must not know which role they are for, nor make a call.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 *
 * @module
 */

import { readList, readValue, type Typed } from "../cli/values.ts";
import type { Given } from "../given.ts";
import { ArarError, quote } from "../errors.ts";
import type { Hop, HopParameters } from "./hop.ts";
import { checkPolicy, checkPolicyArns } from "./session_policy.ts";
import { checkTransitiveTagKeys, parseTags } from "./session_tags.ts";

/** The text of a file, `undefined` where there is none. */
export type ReadTextFile = (path: string) => string | undefined;

/** Reads and checks all parameters but the duration. */
export function readParameters(
  typed: Typed,
  readTextFile: ReadTextFile,
): HopParameters {
  const externalId = readValue(typed, "external-id");
  const sourceIdentity = readValue(typed, "source-identity");
  const tags = parseTags(readList(typed.options, "tag"));
  const given = readValue(typed, "policy");
  const policy = given && checkPolicy(given, readTextFile);
  return {
    ...(externalId && { externalId: checkExternalId(externalId) }),
    ...(sourceIdentity &&
      { sourceIdentity: checkSourceIdentity(sourceIdentity) }),
    ...(policy !== undefined && { policy }),
    policyArns: checkPolicyArns(readList(typed.options, "policy-arn"), policy),
    tags,
    transitiveTagKeys: checkTransitiveTagKeys(
      readList(typed.options, "transitive-tag-key"),
      tags,
    ),
  };
}

/** The external id as given; throws an `ArarError` if STS would refuse it. */
export function checkExternalId(given: Given<string>): string {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(given.value)) return given.value;
  throw new ArarError(
    `${given.from} is ${quote(given.value)}; it takes 2 to 1224 of A-Za-z0-9_+=,.@:/-`,
  );
}

function checkSourceIdentity(given: Given<string>): string {
  if (/^(?!aws:)[\w+=,.@-]{2,64}$/.test(given.value)) return given.value;
  throw new ArarError(
    `${given.from} is ${quote(given.value)}; it takes 2 to 64 of A-Za-z0-9_+=,.@-`,
  );
}

/**
 * Refuses what AssumeRoleWithWebIdentity has no parameter for:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function refuseForWebIdentity(hop: Partial<Hop>): void {
  const given = [
    hop.externalId !== undefined && "external id",
    hop.sourceIdentity !== undefined && "source identity",
    (hop.tags?.length ?? 0) > 0 && "session tags",
    (hop.transitiveTagKeys?.length ?? 0) > 0 && "transitive tag keys",
    hop.mfa !== undefined && "MFA device",
  ].filter((name) => name !== false);
  if (given.length === 0) return;
  throw new ArarError(
    `a role that is assumed by web identity takes no ${given.join(", no ")}`,
    {
      hints: [
        "leave it out, or give it to a further role of the chain: --role-arn A --role-arn B",
      ],
    },
  );
}
