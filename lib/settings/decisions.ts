/** The decisions about a role as `--verbose` and the plan show them. */

import { CHAINED_SECONDS } from "../aws/role_chain.ts";
import type { RoleRequest, SessionName } from "../aws/role_request.ts";
import type { Decision } from "../report.ts";
import type { Sourced } from "../sourced.ts";
import type { Values } from "../cli/options.ts";

/** The decision for a value, or none if there is no value. */
export function decided<Value>(
  field: string,
  given: Sourced<Value> | undefined,
  show: (value: Value) => string = String,
): readonly Decision[] {
  return given ? [{ field, value: show(given.value), from: `${given.from}` }] : [];
}

/** The policies and tags of a role's session. */
export function decidedParameters(values: Values, { policy }: RoleRequest): readonly Decision[] {
  return [
    ...policy === undefined ? [] : decidedPolicy(values, policy),
    ...values.policyArn.flatMap((arn) => decided("managed policy", arn)),
    ...values.tag.flatMap((tag) => decided("tag", tag, ({ key, value }) => `${key}=${value}`)),
    ...values.transitiveTagKey.flatMap((key) => decided("transitive tag key", key)),
  ];
}

/** The policy, on one line. */
export function decidedPolicy({ policy: given }: Values, policy: string): readonly Decision[] {
  return given ? [{ field: "policy", value: JSON.stringify(JSON.parse(policy)), from: `${given.value.from}` }] : [];
}

/** The role session name, or where it will come from. */
export function describeName(name: SessionName): string {
  return name.kind === "user-name" ? "the caller's IAM user name, from STS" : name.value;
}

/** The duration, capped if the role is assumed with temporary credentials. */
export function describeDuration(seconds: number, isChained: boolean): string {
  return isChained && seconds > CHAINED_SECONDS
    ? `${CHAINED_SECONDS} s instead of ${seconds} s: role chaining is limited to one hour`
    : `${seconds} s`;
}
