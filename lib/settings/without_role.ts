/** What a run without a role asks for. */

import type { Narrowed } from "../aws/role_request.ts";
import type { Signer } from "../aws/signer.ts";
import { OPTION_LIST, type Values } from "../cli/options.ts";
import { ArarError } from "../errors.ts";
import type { Env, Sourced } from "../sourced.ts";
import { policyOf } from "./roles.ts";

/** The current session narrowed, with the origin of every field. */
export interface RequestedNarrowing {
  readonly kind: "narrowed";
  readonly policy: Sourced<string> | undefined;
  readonly durationSeconds: Sourced<number> | undefined;
}

/**
 * Narrows the current session by a policy or a shorter duration. Throws an `ArarError` if nothing narrows it (a role is
 * missing) or it is impossible.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
 */
export function readWithoutRole(
  values: Values,
  signer: Signer,
  env: Env,
): { readonly requested: RequestedNarrowing; readonly target: Narrowed } {
  const { policy: given, durationSeconds } = values;
  if ((!given && !durationSeconds) || signer.kind === "web-identity") throw noRole(env);
  if (signer.kind === "keys" && signer.credentials.sessionToken === undefined) {
    throw new ArarError(`${(given ?? durationSeconds)?.from} cannot narrow long-lived keys without a role`, {
      hints: ["name one with --role-arn or AWS_ROLE_ARN"],
    });
  }
  refuseForNarrowed(values);
  const policy = policyOf(given);

  return {
    requested: { kind: "narrowed", policy, durationSeconds },
    target: {
      kind: "narrowed",
      ...(policy && { policy: policy.value }),
      ...(durationSeconds && { durationSeconds: durationSeconds.value }),
    },
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
