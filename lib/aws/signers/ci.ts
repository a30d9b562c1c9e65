/**
 * What finding a CI's OIDC token takes and gives, for the table of CIs and for those rows that are more than a row.
 *
 * @module
 */

import { ArarError, quote } from "../../errors.ts";
import type { Env, Sourced } from "../../sourced.ts";
import { audiences, readClaims, stsAudience } from "../claims.ts";
import type { WebIdentityToken } from "../signer.ts";

/** A CI's token, or the way to it. */
export interface CiToken {
  /** The CI's name. */
  readonly ci: string;
  readonly token: WebIdentityToken;
  /** Variables that are the token, or that get one: the command must not get another, without the session's limits. */
  readonly usedNames: readonly string[];
}

/** What the token is for. */
export interface TokenWish {
  /** The audience that was given; absent: STS's, where the CI lets one choose. */
  readonly audience?: Sourced<string> | undefined;
  /** The partition of the role. */
  readonly partition?: string | undefined;
}

/** What a row finds. */
export type Found = Omit<CiToken, "ci">;

/** How to find a CI's token. */
export interface Ci {
  readonly name: string;
  /** Variables that this CI alone sets. */
  readonly seenBy: readonly string[];
  /** What to add to a job that has no token. */
  readonly setup: string;
  /** The token, or which variable is missing. */
  find(env: Env, wish: TokenWish, ci: Ci): Found | string;
}

/** A CI is seen, and its token is not there. */
export function noToken(ci: string, why: string, hints: readonly string[]): ArarError {
  return new ArarError(`${ci} gives this job no OIDC token: ${why}`, { hints });
}

/** The audience to ask for. */
export function audienceOf({ audience, partition }: TokenWish): string {
  return audience?.value ?? stsAudience(partition);
}

/** The audiences of a token; none if it is not a JWT. */
export function audiencesIn(token: string): readonly string[] {
  return audiences(readClaims(token) ?? {});
}

/** Where the audience is not ours to choose, one that was given is what the token has to be for. */
export function refuseOtherAudience(wanted: Sourced<string> | undefined, found: readonly string[], ci: string): void {
  if (wanted === undefined || found.includes(wanted.value)) return;
  const names = found.map(quote).join(" and ") || "no audience";
  throw new ArarError(
    `the token of ${ci} is for ${names}, and ${wanted.from} ${quote(wanted.value)} cannot change that`,
  );
}
