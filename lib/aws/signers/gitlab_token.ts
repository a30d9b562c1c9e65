/**
 * Finds the OIDC token of a GitLab job, which the job itself names: https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */

import { ArarError, quote } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import { audiences, readClaims } from "../claims.ts";
import { audienceOf, type Ci, type Found, noToken, type TokenWish } from "./ci.ts";

/** How to declare a token for this audience, named after it by convention: https://pypi.org/project/id/ */
export function gitlabSetup(audience: string): string {
  return `add to the job \`id_tokens: { ${conventionalName(audience)}: { aud: ${JSON.stringify(audience)} } }\``;
}

function conventionalName(audience: string): string {
  return `${audience.toUpperCase().replaceAll(/[^A-Z0-9]|^\d/g, "_")}_ID_TOKEN`;
}

/** The token for the audience: the one with the conventional name, otherwise the only one. */
export function gitlabToken(env: Env, wish: TokenWish, { name: ci }: Ci): Found {
  const audience = audienceOf(wish);
  const tokens = Object.entries(env).flatMap(([name, token]) =>
    audiences(readClaims(token)).map((audience) => ({ name, token, audience }))
  );
  const fitting = tokens.filter((one) => one.audience === audience);
  const named = fitting.find(({ name }) => name === conventionalName(audience));
  const [first] = fitting;
  const found = named ?? (fitting.every(({ token }) => token === first?.token) ? first : undefined);
  if (found) {
    // The command could use any other one for the same audience.
    const usedNames = fitting.map(({ name }) => name);
    return { usedNames, token: { kind: "environment", name: found.name, token: found.token } };
  }
  if (first) {
    const names = fitting.map(({ name }) => name).join(" and ");
    throw new ArarError(`${names} are tokens for ${quote(audience)}`, {
      hints: ["select one with --web-identity-token-env"],
    });
  }
  throw noToken(ci, `no variable contains one for ${quote(audience)}`, [
    gitlabSetup(audience),
    ...tokens.map(({ name, audience }) => `${name} is one for ${quote(audience)}: select it with --audience`),
  ]);
}
