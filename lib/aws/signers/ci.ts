/** Detects the CI and finds its OIDC token, or how to request it. Nothing is requested here. */

import { ArarError } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import { audiences, readClaims } from "../claims.ts";
import { audienceOf, CIS, type CiToken, noToken, refuseOtherAudience, type TokenWish } from "./ci_table.ts";

export type { CiToken, TokenWish };

/** Throws an `ArarError` that says what to add to the job if it has no token. */
export function findCiToken(env: Env, wish: TokenWish = {}): CiToken {
  const detected = CIS.flatMap((ci) => {
    const by = ci.seenBy.find((name) => env[name] && env[name] !== "false");
    return by ? [{ ci, by }] : [];
  });
  const [first, second] = detected;
  if (!first) return googleToken(env, wish);
  if (second) {
    const both = detected.map(({ ci, by }) => `${ci.name} (${by})`).join(" and ");
    throw new ArarError(`this looks like ${both}`, {
      hints: [
        "unset the variables of one, or name the token with --web-identity-token-env or --web-identity-token-file",
      ],
    });
  }
  const { ci } = first;
  const found = ci.find(env, wish, ci);
  if (typeof found === "string") throw noToken(ci.name, `${found} is not set`, [ci.setup]);
  const { token } = found;
  if (token.kind === "environment") refuseOtherAudience(wish.audience, audiences(readClaims(token.token)), ci.name);
  return { ci: ci.name, ...found };
}

/**
 * No variable identifies Google Cloud, so its metadata server is tried if no CI is detected.
 * https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 */
function googleToken(env: Env, wish: TokenWish): CiToken {
  const host = env.GCE_METADATA_HOST || "metadata.google.internal";
  const query = `audience=${encodeURIComponent(audienceOf(wish))}&format=full`;
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`;
  if (!URL.canParse(url)) throw new ArarError("GCE_METADATA_HOST is not the name of a host");
  const names = CIS.flatMap(({ seenBy }) => seenBy[0] ?? []).join(", ");
  return {
    ci: "Google Cloud, since no CI was detected",
    usedNames: [],
    token: {
      kind: "request",
      of: "Google Cloud",
      method: "GET",
      url,
      headers: { "metadata-flavor": "Google" },
      setup: "the instance needs a service account",
      probe: {
        milliseconds: 500,
        absent: new ArarError("no CI with OIDC tokens was detected", {
          detail: `not set: ${names}\nGoogle Cloud's ${host} does not answer`,
          hints: ["elsewhere, name the token with --web-identity-token-env or --web-identity-token-file"],
        }),
      },
    },
  };
}
