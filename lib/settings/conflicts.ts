/**
 * Which options exclude each other, or need another one.
 * It must not know what they do.
 *
 * @module
 */

import { findOption, type OptionName } from "../cli/options.ts";
import { readFlag, readValue, type Typed } from "../cli/values.ts";
import { ArarError } from "../errors.ts";

type Single = OptionName<"flag" | "value">;

/** Pairs that exclude each other where both are typed: an exported value yields to a typed one. */
const TYPED_PAIRS: readonly (readonly [Single, Single, string])[] = [
  ["role-session-name", "username-session", "both name the session"],
  ["profile", "web-identity-token-file", "both name the source"],
  ["profile", "web-identity-token-env", "both name the source"],
  ["profile", "github-oidc", "both name the source"],
  ["web-identity-token-file", "web-identity-token-env", "both name the token"],
  ["web-identity-token-file", "github-oidc", "both name the token"],
  ["web-identity-token-env", "github-oidc", "both name the token"],
  ["print", "dry-run", "--print plan is the dry run as JSON"],
];

/** Pairs that exclude each other wherever they were given. */
const PAIRS: readonly (readonly [Single, Single, string])[] = [
  ["exec", "refresh", "nothing of arar is left to renew credentials"],
];

/** Throws an `ArarError` for the first pair that cannot be given together, or option that lacks its other. */
export function refuseConflicts(typed: Typed): void {
  for (const [one, other, why] of TYPED_PAIRS) {
    if (
      typed.options[one] !== undefined && typed.options[other] !== undefined
    ) throw conflict(`--${one}`, `--${other}`, why);
  }
  for (const [one, other, why] of PAIRS) {
    const [first, second] = [given(typed, one), given(typed, other)];
    if (first && second) throw conflict(first.from, second.from, why);
  }
  if (typed.options.audience && !readFlag(typed, "github-oidc")) {
    throw new ArarError("--audience is for --github-oidc, which is not given");
  }
}

function given(typed: Typed, name: Single) {
  const option = findOption(name);
  // The table says which of the two readers a name is for; the casts only repeat it.
  return option?.kind === "flag"
    ? readFlag(typed, name as OptionName<"flag">)
    : readValue(typed, name as OptionName<"value">);
}

function conflict(one: string, other: string, why: string): ArarError {
  return new ArarError(`${one} and ${other} cannot be given together: ${why}; drop one`);
}
