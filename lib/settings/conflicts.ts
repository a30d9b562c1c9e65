/**
 * Which options exclude each other, or need another one.
 *
 * @module
 */

import type { OptionName } from "../cli/options.ts";
import { ArarError } from "../errors.ts";
import type { Given, Values } from "./values.ts";

type Single = OptionName<"flag" | "value">;

const SOURCE = "both name the source credentials";
const TOKEN = "both name the token";

/** Pairs that exclude each other where both are typed: an exported one yields to a typed one. */
const PAIRS: readonly (readonly [Single, Single, string])[] = [
  ["role-session-name", "username-session", "both name the session"],
  ["profile", "web-identity-token-file", SOURCE],
  ["profile", "web-identity-token-env", SOURCE],
  ["profile", "oidc", SOURCE],
  ["web-identity-token-file", "web-identity-token-env", TOKEN],
  ["web-identity-token-file", "oidc", TOKEN],
  ["web-identity-token-env", "oidc", TOKEN],
  ["print", "dry-run", "--print plan is the dry run as JSON"],
];

/** Throws an `ArarError` for the first pair that cannot be given together, or option that lacks its other. */
export function refuseConflicts(values: Values): void {
  for (const [one, other, why] of PAIRS) {
    const [first, second] = [values[one], values[other]];
    if (first?.layer === "typed" && second?.layer === "typed") throw conflict(first, second, why);
  }
  const { exec, refresh } = values;
  // Here neither of two exported ones goes before the other.
  if (exec && refresh && exec.layer === refresh.layer) {
    throw conflict(exec, refresh, "nothing of arar is left to renew credentials");
  }
  if (values.audience?.layer === "typed" && !values.oidc) {
    throw new ArarError("--audience is for --oidc, which is not given");
  }
  if (values["min-ttl"]?.layer === "typed" && !values.cache) {
    throw new ArarError("--min-ttl is for --cache, which is not given");
  }
}

function conflict(one: Given<unknown>, other: Given<unknown>, why: string): ArarError {
  return new ArarError(`${one.from} and ${other.from} cannot be given together: ${why}; drop one`);
}
