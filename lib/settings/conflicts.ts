/** Which options exclude or require each other. */

import type { OptionKey, Values } from "../cli/options.ts";
import { ArarError } from "../errors.ts";
import type { Sourced } from "../sourced.ts";

const SOURCE = "both select the source credentials";
const TOKEN = "both select the token";

/** Pairs that exclude each other if both are on the command line; one from the environment is overridden. */
const PAIRS: readonly (readonly [OptionKey, OptionKey, string])[] = [
  ["roleSessionName", "usernameSession", "both set the session name"],
  ["profile", "webIdentityTokenFile", SOURCE],
  ["profile", "webIdentityTokenEnv", SOURCE],
  ["profile", "oidc", SOURCE],
  ["webIdentityTokenFile", "webIdentityTokenEnv", TOKEN],
  ["webIdentityTokenFile", "oidc", TOKEN],
  ["webIdentityTokenEnv", "oidc", TOKEN],
  ["print", "dryRun", "--print plan is the dry run as JSON"],
];

/** Throws an `ArarError` for the first conflict, or option without the one it requires. */
export function refuseConflicts(values: Values): void {
  for (const [one, other, why] of PAIRS) {
    const [first, second] = [values[one], values[other]].flat();
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
  if (values.minTtl?.from.layer === "typed" && !values.cache) {
    throw new ArarError("--min-ttl requires --cache");
  }
}

function conflict(one: Sourced<unknown>, other: Sourced<unknown>, why: string): ArarError {
  return new ArarError(`${one.from} and ${other.from} cannot be combined: ${why}; drop one`);
}
