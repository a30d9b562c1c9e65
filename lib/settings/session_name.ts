/**
 * Which session name a role gets: typed, exported, the profile's own, or generated.
 * It must not know what STS takes for a name, nor change one.
 *
 * @module
 */

import type { SessionName } from "../aws/role_request.ts";
import { checkSessionName, generatedSessionName } from "../aws/session_name.ts";
import { readFlag, type Typed, typedValue } from "../cli/values.ts";
import { fromEnv, type Sourced } from "../sourced.ts";

/** The names of a run. */
export interface SessionNames {
  /** As typed or exported: for the last role, and for every other that has none of its own; a user name for every one. */
  readonly given: Sourced<SessionName> | undefined;
  /** Where there is no other. */
  readonly generated: Sourced<SessionName>;
}

/** Reads the names; throws an `ArarError` for one that STS would refuse. */
export function readSessionNames(typed: Typed, now: number): SessionNames {
  const value: SessionName = { kind: "given", value: generatedSessionName(now), generated: true };
  return { given: readSessionName(typed), generated: { value, from: "generated" } };
}

/** The name of one role; `own` is what the profile that names the role says. */
export function chooseSessionName(
  { given, generated }: SessionNames,
  own: Sourced<string> | undefined,
  isLast: boolean,
): Sourced<SessionName> {
  if (given && (isLast || given.value.kind === "user-name")) return given;
  return own ? checked(own) : given ?? generated;
}

// Flag, ARAR_USERNAME_SESSION, AWS_ROLE_SESSION_NAME: the order in which a run can be set up and then adjusted.
function readSessionName(typed: Typed): Sourced<SessionName> | undefined {
  const flag = typedValue(typed.options, "role-session-name");
  const userName = readFlag(typed, "username-session");
  if (!flag && userName) return { value: { kind: "user-name" }, from: userName.from };
  const given = flag ?? fromEnv(typed.env, "AWS_ROLE_SESSION_NAME");
  return given && checked(given);
}

function checked(given: Sourced<string>): Sourced<SessionName> {
  return { value: { kind: "given", value: checkSessionName(given) }, from: given.from };
}
