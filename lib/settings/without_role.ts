/** What a run without a role asks for: the current session narrowed, a profile's own session, or one of the IAM user. */

import type { Narrowed, Own, UserSession } from "../aws/role_request.ts";
import { OPTION_LIST, type OptionKey, type Values } from "../cli/options.ts";
import { ArarError } from "../errors.ts";
import { type Env, type Sourced, unexpected } from "../sourced.ts";
import type { ChosenSigner } from "./choose_signer.ts";
import { checkDevice, policyOf, tokenCodeOf } from "./roles.ts";

/** A session without a role, with the origin of every field. */
export interface RequestedSession {
  readonly kind: "narrowed" | "own" | "user-session";
  readonly policy?: Sourced<string> | undefined;
  readonly durationSeconds?: Sourced<number> | undefined;
  readonly serialNumber?: Sourced<string> | undefined;
}

interface WithoutRole {
  readonly requested: RequestedSession;
  readonly target: Narrowed | Own | UserSession;
}

/**
 * Reads it; throws an `ArarError` if nothing is asked for (a role is missing) or it is impossible. A lost `AWS_ROLE_ARN` must
 * never make the command run as the source, so what hands over the source's own permissions has to be typed.
 */
export function readWithoutRole(values: Values, chosen: ChosenSigner, env: Env): WithoutRole {
  const { signer } = chosen;
  if (signer.kind === "web-identity") throw noRole(values, chosen, env);
  if (signer.kind === "keys" && signer.credentials.sessionToken === undefined) {
    const asked = [values.policy, values.durationSeconds, values.serialNumber];
    if (asked.some((one) => one?.from.layer === "command-line")) return readUserSession(values);
    throw noRole(values, chosen, env);
  }
  if (values.policy || values.durationSeconds) return readNarrowed(values);
  const source = values.credentialProcess ?? values.profile;
  // A profile that names no credentials leads to the machine's, which nobody typed.
  if (source?.from.layer !== "command-line" || signer.kind === "machine") throw noRole(values, chosen, env);
  refuseForRoles(values);
  return { requested: { kind: "own" }, target: { kind: "own" } };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html */
function readNarrowed(values: Values): WithoutRole {
  refuseForRoles(values);
  const { durationSeconds } = values;
  const policy = policyOf(values.policy);
  return {
    requested: { kind: "narrowed", policy, durationSeconds },
    target: {
      kind: "narrowed",
      ...(policy && { policy: policy.value }),
      ...(durationSeconds && { durationSeconds: durationSeconds.value }),
    },
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
function readUserSession(values: Values): WithoutRole {
  refuseForRoles(values, ["serialNumber", "tokenCode"]);
  const { durationSeconds } = values;
  const serialNumber = checkDevice(values.serialNumber);
  if (durationSeconds && durationSeconds.value < 900) {
    const { from, value } = durationSeconds;
    throw unexpected({ value: `${value}`, from }, "900 to 129600 seconds for a session of the user");
  }
  const policy = policyOf(values.policy);
  const code = tokenCodeOf(values, serialNumber !== undefined);
  return {
    requested: { kind: "user-session", policy, durationSeconds, serialNumber },
    target: {
      kind: "user-session",
      ...(policy && { policy: policy.value }),
      ...(durationSeconds && { durationSeconds: durationSeconds.value }),
      ...(serialNumber && { mfa: { serialNumber: serialNumber.value, code } }),
    },
  };
}

function refuseForRoles(values: Values, allowed: readonly OptionKey[] = []): void {
  const keys = OPTION_LIST.flatMap(({ key, ...row }) =>
    "isForRoles" in row && !allowed.some((one) => one === key) ? [key] : []
  );
  const given = Object.entries<Sourced<unknown> | readonly Sourced<unknown>[] | undefined>(values)
    .flatMap(([key, value]) => value !== undefined && keys.includes(key) ? value : []);
  // AWS_ROLE_SESSION_NAME may belong to a web identity token that is not used.
  const refused = given.find(({ from }) => from.name !== "AWS_ROLE_SESSION_NAME");
  if (!refused) return;
  throw new ArarError(`${refused.from} requires a role, and none is named`, {
    hints: ["name a role with --role-arn or AWS_ROLE_ARN, or drop it"],
  });
}

/** Says where a role was looked for, and what to type. */
function noRole(values: Values, chosen: ChosenSigner, env: Env): ArarError {
  const { profile } = chosen;
  const outer = env.ARAR_SESSION_ARN;
  const places = ["--role-arn", "AWS_ROLE_ARN", ...profile ? [`role_arn in ${profile.from}`] : []];
  return new ArarError(`no role is named by ${places.slice(0, -1).join(", ")} or ${places.at(-1)}`, {
    hints: [
      ...outer ? [`already running as ${outer}: the outer arar removed AWS_ROLE_ARN`] : [],
      "name the role to run as: --role-arn arn:aws:iam::ACCOUNT:role/NAME",
      ...withoutRoleHints(values, chosen),
    ],
  });
}

/** What could be typed instead of a role, if anything. */
function withoutRoleHints(values: Values, { signer, profile }: ChosenSigner): readonly string[] {
  if (signer.kind === "web-identity") return [];
  if (signer.kind === "keys" && !signer.credentials.sessionToken) {
    return ["or, for a session of the IAM user itself, type --duration-seconds, --serial-number or --policy"];
  }
  if (signer.kind !== "keys" && profile && values.profile?.from.layer !== "command-line") {
    return [`or, to run with the profile's own session, type --profile ${profile.name}`];
  }
  return signer.kind === "machine" ? [] : ["or narrow the current session with --policy or --duration-seconds"];
}
