/**
 * The OIDC token of a GitLab job, which the job itself names: https://docs.gitlab.com/ci/secrets/id_token_authentication/
 *
 * @module
 */

import { ArarError, quote } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import { audienceOf, audiencesIn, type Ci, type Found, noToken, type TokenWish } from "./ci.ts";

/** The token for this audience. By convention its name is made from that: https://pypi.org/project/id/ */
export function gitlabToken(env: Env, wish: TokenWish, { name: ci }: Ci): Found {
  const audience = audienceOf(wish);
  const conventional = `${audience.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_ID_TOKEN`;
  const tokens = Object.entries(env).flatMap(([name, token]) =>
    audiencesIn(token).map((audience) => ({ name, token, audience }))
  );
  const fitting = tokens.filter((one) => one.audience === audience);
  const found = fitting.find(({ name }) => name === conventional) ?? fitting[0];
  if (found && (found.name === conventional || fitting.every(({ token }) => token === found.token))) {
    const usedNames = fitting.map(({ name }) => name);
    return { usedNames, token: { kind: "environment", name: found.name, token: found.token } };
  }
  if (found) {
    const names = fitting.map(({ name }) => name).join(" and ");
    throw new ArarError(`${names} are tokens for ${quote(audience)}`, {
      hints: ["name one with --web-identity-token-env"],
    });
  }
  throw noToken(ci, `no variable holds one for ${quote(audience)}`, [
    `add to the job \`id_tokens: { ${conventional}: { aud: ${JSON.stringify(audience)} } }\``,
    ...tokens.map(({ name, audience }) => `${name} is one for ${quote(audience)}: use it with --audience`),
  ]);
}
