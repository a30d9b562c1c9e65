/** The types and helpers for finding a CI's OIDC token. */

import { ArarError, quote } from "../../errors.ts";
import type { Env, Sourced } from "../../sourced.ts";
import { stsAudience } from "../claims.ts";
import type { WebIdentityToken } from "../signer.ts";

/** A CI's token, or how to get it. */
export interface CiToken {
  readonly ci: string;
  readonly token: WebIdentityToken;
  /** Variables that contain the token or get one: the command must not get another session, without this one's limits. */
  readonly usedNames: readonly string[];
}

/** What the token is for. */
export interface TokenWish {
  /** The given audience; absent: STS's, if the CI lets the job choose. */
  readonly audience?: Sourced<string> | undefined;
  readonly partition?: string | undefined;
}

/** What a row of the table finds. */
export type Found = Omit<CiToken, "ci">;

/** How to find a CI's token. */
export interface Ci {
  readonly name: string;
  /** Variables that only this CI sets. */
  readonly seenBy: readonly string[];
  /** What a job without a token lacks. */
  readonly setup: string;
  /** The token, or the name of the missing variable. */
  find(env: Env, wish: TokenWish, ci: Ci): Found | string;
}

/** The error for a CI that was detected, but whose token is missing. */
export function noToken(ci: string, why: string, hints: readonly string[]): ArarError {
  return new ArarError(`${ci} provides no OIDC token to this job: ${why}`, { hints });
}

/** The audience to request. */
export function audienceOf({ audience, partition }: TokenWish): string {
  return audience?.value ?? stsAudience(partition);
}

/** Where the job cannot choose the audience, the token must have the given one. */
export function refuseOtherAudience(wanted: Sourced<string> | undefined, found: readonly string[], ci: string): void {
  if (wanted === undefined || found.includes(wanted.value)) return;
  const names = found.map(quote).join(" and ") || "no audience";
  throw new ArarError(`the token of ${ci} is for ${names}; ${wanted.from} ${quote(wanted.value)} cannot change that`);
}
