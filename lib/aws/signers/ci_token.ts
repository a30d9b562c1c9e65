/**
 * The OIDC token of whatever CI this is. Nothing is asked here: what is found says how.
 *
 * @module
 */

import { ArarError } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import { audienceOf, audiencesIn, type CiToken, noToken, refuseOtherAudience, type TokenWish } from "./ci.ts";
import { CIS } from "./ci_table.ts";

export type { CiToken, TokenWish };

/** Finds the CI that this environment is one of; throws an `ArarError` that says what to add to the job. */
export function findCiToken(env: Env, wish: TokenWish = {}): CiToken {
  const seen = CIS.flatMap((ci) => {
    const by = ci.seenBy.find((name) => env[name] && env[name] !== "false");
    return by ? [{ ci, by }] : [];
  });
  const [first, second] = seen;
  if (!first) return googleToken(env, wish);
  if (second) {
    const both = seen.map(({ ci, by }) => `${ci.name} (${by})`).join(" and ");
    throw new ArarError(`this looks like ${both}`, {
      hints: [
        "unset what is not this job's, or name the token with --web-identity-token-env or --web-identity-token-file",
      ],
    });
  }
  const { ci } = first;
  const found = ci.find(env, wish, ci);
  if (typeof found === "string") throw noToken(ci.name, `${found} is not set`, [ci.setup]);
  const { token } = found;
  if (token.kind === "environment") refuseOtherAudience(wish.audience, audiencesIn(token.token), ci.name);
  return { ci: ci.name, ...found };
}

/** How long the metadata server of Google Cloud may take to show that this is Google Cloud. */
const PROBE_MILLISECONDS = 500;

/**
 * Nothing in the environment tells of Google Cloud, so its metadata server is asked where no CI is seen.
 * https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 */
function googleToken(env: Env, wish: TokenWish): CiToken {
  const host = env.GCE_METADATA_HOST || "metadata.google.internal";
  const query = `audience=${encodeURIComponent(audienceOf(wish))}&format=full`;
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`;
  if (!URL.canParse(url)) throw new ArarError("GCE_METADATA_HOST is not the name of a host");
  const names = CIS.flatMap(({ seenBy }) => seenBy[0] ?? []).join(", ");
  return {
    ci: "Google Cloud, since no CI is seen",
    usedNames: [],
    token: {
      kind: "request",
      of: "Google Cloud",
      method: "GET",
      url,
      headers: { "metadata-flavor": "Google" },
      setup: "the instance needs a service account",
      probe: {
        milliseconds: PROBE_MILLISECONDS,
        absent: `no CI with OIDC tokens is seen: none of ${names} is set, and ${host} of Google Cloud does not answer`,
      },
    },
  };
}
