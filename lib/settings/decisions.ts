/**
 * How what was decided for a role is told, by `--verbose` and in the plan.
 *
 * @module
 */

import { CHAINED_SECONDS } from "../aws/role_chain.ts";
import type { RoleRequest, SessionName } from "../aws/role_request.ts";
import type { Decision } from "../report.ts";
import type { Sourced } from "../sourced.ts";
import type { Values } from "./values.ts";

/** A decision, if there is one. */
export function decided<Value>(
  field: string,
  given: Sourced<Value> | undefined,
  show: (value: Value) => string = String,
): readonly Decision[] {
  return given ? [{ field, value: show(given.value), from: given.from }] : [];
}

/** The parameters that narrow a session, as one role gets them. */
export function decidedParameters(values: Values, { policy }: RoleRequest): readonly Decision[] {
  return [
    ...policy === undefined ? [] : decidedPolicy(values, policy),
    ...(values["policy-arn"] ?? []).flatMap((arn) => decided("managed policy", arn)),
    ...(values.tag ?? []).flatMap((tag) => decided("tag", tag, ({ key, value }) => `${key}=${value}`)),
    ...(values["transitive-tag-key"] ?? []).flatMap((key) => decided("transitive tag key", key)),
  ];
}

/** The policy, on one line. */
export function decidedPolicy({ policy: given }: Values, policy: string): readonly Decision[] {
  return given ? [{ field: "policy", value: JSON.stringify(JSON.parse(policy)), from: given.value.from }] : [];
}

/** The session name, or who is asked for it. */
export function describeName(name: SessionName): string {
  return name.kind === "user-name" ? "the caller's IAM user name, asked from STS" : name.value;
}

/** The duration, and what becomes of it where the role is assumed with temporary credentials. */
export function describeDuration(seconds: number, isChained: boolean): string {
  return isChained && seconds > CHAINED_SECONDS
    ? `${CHAINED_SECONDS} s instead of ${seconds} s, since role chaining is limited to one hour`
    : `${seconds} s`;
}
