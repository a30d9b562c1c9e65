/**
 * Which session name a hop gets: typed, exported, the profile's own, or generated.
 * It must not know what STS takes for a name, nor change one.
 *
 * @module
 */

import type { SessionName } from "../aws/hop.ts";
import { checkSessionName, generatedSessionName } from "../aws/session_name.ts";
import { readFlag, type Typed, typedValue } from "../cli/values.ts";
import { fromEnv, type Given } from "../given.ts";

/** The names of a run. */
export interface SessionNames {
  /** As typed or exported: for the last hop, and for every other that has none of its own; a user name for every one. */
  readonly given: Given<SessionName> | undefined;
  /** Where there is no other. */
  readonly generated: Given<SessionName>;
}

/** Reads the names; throws an `ArarError` for one that STS would refuse. */
export function readSessionNames(typed: Typed, now: number): SessionNames {
  const value: SessionName = { kind: "given", value: generatedSessionName(now), generated: true };
  return { given: readSessionName(typed), generated: { value, from: "generated" } };
}

/** The name of one hop; `own` is what the profile that names the hop says. */
export function chooseSessionName(
  { given, generated }: SessionNames,
  own: Given<string> | undefined,
  isLast: boolean,
): Given<SessionName> {
  if (given && (isLast || given.value.kind === "user-name")) return given;
  return own ? checked(own) : given ?? generated;
}

// Flag, ARAR_USERNAME_SESSION, AWS_ROLE_SESSION_NAME: the order in which a run can be set up and then adjusted.
function readSessionName(typed: Typed): Given<SessionName> | undefined {
  const flag = typedValue(typed.options, "role-session-name");
  const userName = readFlag(typed, "username-session");
  if (!flag && userName) return { value: { kind: "user-name" }, from: userName.from };
  const given = flag ?? fromEnv(typed.env, "AWS_ROLE_SESSION_NAME");
  return given && checked(given);
}

function checked(given: Given<string>): Given<SessionName> {
  return { value: { kind: "given", value: checkSessionName(given) }, from: given.from };
}
