/**
 * The optional parameters of AssumeRole as typed, checked against its limits before any call.
 * It must not know which role they are for, nor make a call.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 *
 * @module
 */

import type { Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import type { RoleParameters, RoleRequest } from "./role_request.ts";
import { checkPolicy, checkPolicyArns, type ReadTextFile } from "./session_policy.ts";
import { checkTransitiveTagKeys, parseTags } from "./session_tags.ts";

export type { ReadTextFile } from "./session_policy.ts";

/** The parameters as they were given, each with its place; an option that may be repeated needs none. */
export interface GivenParameters {
  readonly externalId: Sourced<string> | undefined;
  readonly sourceIdentity: Sourced<string> | undefined;
  readonly policy: Sourced<string> | undefined;
  readonly policyArns: readonly string[];
  readonly tags: readonly string[];
  readonly transitiveTagKeys: readonly string[];
}

/** Reads and checks all parameters but the duration. */
export function readParameters(given: GivenParameters, readTextFile: ReadTextFile): RoleParameters {
  const { externalId, sourceIdentity } = given;
  const tags = parseTags(given.tags);
  const policy = given.policy && checkPolicy(given.policy, readTextFile);
  return {
    ...(externalId && { externalId: checkExternalId(externalId) }),
    ...(sourceIdentity && { sourceIdentity: checkSourceIdentity(sourceIdentity) }),
    ...(policy !== undefined && { policy }),
    policyArns: checkPolicyArns(given.policyArns, policy),
    tags,
    transitiveTagKeys: checkTransitiveTagKeys(given.transitiveTagKeys, tags),
  };
}

/** The external id as given; throws an `ArarError` if STS would refuse it. */
export function checkExternalId(given: Sourced<string>): string {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(given.value)) return given.value;
  throw new ArarError(`${given.from} is ${quote(given.value)}; it takes 2 to 1224 of A-Za-z0-9_+=,.@:/-`);
}

function checkSourceIdentity(given: Sourced<string>): string {
  if (/^(?!aws:)[\w+=,.@-]{2,64}$/.test(given.value)) return given.value;
  throw new ArarError(`${given.from} is ${quote(given.value)}; it takes 2 to 64 of A-Za-z0-9_+=,.@-`);
}

/**
 * Refuses what AssumeRoleWithWebIdentity has no parameter for:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function refuseForWebIdentity(role: Partial<RoleRequest>): void {
  const given = [
    role.externalId !== undefined && "external id",
    role.sourceIdentity !== undefined && "source identity",
    (role.tags?.length ?? 0) > 0 && "session tags",
    (role.transitiveTagKeys?.length ?? 0) > 0 && "transitive tag keys",
    role.mfa !== undefined && "MFA device",
  ].filter((name) => name !== false);
  if (given.length === 0) return;
  throw new ArarError(
    `a role that is assumed by web identity takes no ${given.join(", no ")}`,
    {
      hints: ["leave it out, or give it to a further role of the chain: --role-arn A --role-arn B"],
    },
  );
}
