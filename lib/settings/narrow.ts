/**
 * A run without a role: the current session, narrowed by a policy or a shorter duration.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
 */

import type { Narrowed } from "../aws/role_request.ts";
import { checkPolicy } from "../aws/session_policy.ts";
import type { Signer } from "../aws/signer.ts";
import { OPTION_LIST } from "../cli/options.ts";
import { ArarError } from "../errors.ts";
import type { Decision } from "../report.ts";
import type { Env, Sourced } from "../sourced.ts";
import { decided, decidedPolicy } from "./decisions.ts";
import type { Values } from "../cli/options.ts";

/** Reads what narrows the session; throws an `ArarError` if nothing does (a role is missing) or it is impossible. */
export function readNarrowed(
  values: Values,
  signer: Signer,
  env: Env,
): { readonly target: Narrowed; readonly decisions: readonly Decision[] } {
  const { policy: given, durationSeconds: duration } = values;
  if ((!given && !duration) || signer.kind === "web-identity") throw noRole(env);
  if (signer.kind === "keys" && signer.credentials.sessionToken === undefined) {
    throw new ArarError(`${(given ?? duration)?.from} cannot narrow long-lived keys without a role`, {
      hints: ["name one with --role-arn or AWS_ROLE_ARN"],
    });
  }
  refuseForNarrowed(values);
  const policy = given && checkPolicy({ value: given.value.text, from: given.value.from });
  return {
    target: {
      kind: "narrowed",
      ...(policy !== undefined && { policy }),
      ...(duration && { durationSeconds: duration.value }),
    },
    decisions: [
      ...policy === undefined ? [] : decidedPolicy(values, policy),
      ...decided("duration", duration, (seconds) => `${seconds} s`),
    ],
  };
}

function refuseForNarrowed(values: Values): void {
  const keys = OPTION_LIST.flatMap((option) => "isForRoles" in option ? [option.key] : []);
  const given = Object.entries<Sourced<unknown> | readonly Sourced<unknown>[] | undefined>(values)
    .flatMap(([key, value]) => value !== undefined && keys.includes(key) ? value : []);
  // AWS_ROLE_SESSION_NAME may belong to a web identity token that is not used.
  const refused = given.find(({ from }) => from.name !== "AWS_ROLE_SESSION_NAME");
  if (!refused) return;
  throw new ArarError(`${refused.from} requires a role: without one the current session is only narrowed`, {
    hints: ["name a role with --role-arn or AWS_ROLE_ARN, or drop it"],
  });
}

function noRole(env: Env): ArarError {
  const outer = env.ARAR_SESSION_ARN;
  return new ArarError(
    "no role is named; name one with --role-arn, AWS_ROLE_ARN, or role_arn in a profile (see arar --help)",
    {
      hints: [
        ...(outer ? [`already running as ${outer}: the outer arar removed AWS_ROLE_ARN`] : []),
        "without a role, --policy or --duration-seconds can narrow temporary credentials",
      ],
    },
  );
}
