/** Which options exclude or require each other. */

import type { OptionName } from "../cli/options.ts";
import { ArarError } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import type { Values } from "./values.ts";

type Single = OptionName<"flag" | "value">;

const SOURCE = "both select the source credentials";
const TOKEN = "both select the token";

/** Pairs that exclude each other if both are on the command line; one from the environment is overridden. */
const PAIRS: readonly (readonly [Single, Single, string])[] = [
  ["role-session-name", "username-session", "both set the session name"],
  ["profile", "web-identity-token-file", SOURCE],
  ["profile", "web-identity-token-env", SOURCE],
  ["profile", "oidc", SOURCE],
  ["web-identity-token-file", "web-identity-token-env", TOKEN],
  ["web-identity-token-file", "oidc", TOKEN],
  ["web-identity-token-env", "oidc", TOKEN],
  ["print", "dry-run", "--print plan is the dry run as JSON"],
];

/** Throws an `ArarError` for the first conflict, or option without the one it requires. */
export function refuseConflicts(values: Values): void {
  for (const [one, other, why] of PAIRS) {
    const [first, second] = [values[one], values[other]];
    if (first?.from.layer === "typed" && second?.from.layer === "typed") throw conflict(first, second, why);
  }
  const { exec, refresh } = values;
  // From the environment as well: neither takes precedence over the other.
  if (exec && refresh && exec.from.layer === refresh.from.layer) {
    throw conflict(exec, refresh, "after --exec, arar is gone and cannot renew credentials");
  }
  if (values.audience?.from.layer === "typed" && !values.oidc) {
    throw new ArarError("--audience requires --oidc");
  }
  if (values["min-ttl"]?.from.layer === "typed" && !values.cache) {
    throw new ArarError("--min-ttl requires --cache");
  }
}

function conflict(one: Sourced<unknown>, other: Sourced<unknown>, why: string): ArarError {
  return new ArarError(`${one.from} and ${other.from} cannot be combined: ${why}; drop one`);
}
