/**
 * The keys that the environment holds: `AWS_ACCESS_KEY_ID` and what belongs to it.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { Credentials } from "./credentials.ts";
import { checkKeys } from "./keys.ts";

const ID = "AWS_ACCESS_KEY_ID";
const SECRET = "AWS_SECRET_ACCESS_KEY";
const TOKEN = "AWS_SESSION_TOKEN";

/**
 * The exported keys, if there are any; throws an `ArarError` for half a pair, and for a value that cannot be right.
 *
 * Empty is not unset: a CI job whose secrets are missing must not fall through to the identity of its machine. Only where
 * the environment names another source do empty keys count as none.
 */
export function exportedKeys(env: Env): Credentials | undefined {
  const { [ID]: id, [SECRET]: secret } = env;
  if (id === undefined && secret === undefined) return undefined;
  if (!id && !secret && (env.AWS_PROFILE || env.AWS_WEB_IDENTITY_TOKEN_FILE)) return undefined;
  for (const name of [ID, SECRET]) {
    if (env[name] === "") throw emptyVariable(name, env);
  }
  if (id === undefined) throw new ArarError(`${SECRET} is set, but ${ID} is not; set both or neither`);
  if (secret === undefined) throw new ArarError(`${ID} is set, but ${SECRET} is not; set both or neither`);
  const token = env[TOKEN];
  // Long-lived keys have no token, and a workflow that serves both kinds sets it empty.
  if (token === "" && id.startsWith("ASIA")) throw emptyVariable(TOKEN, env);
  const credentials = checkKeys({
    id: { value: id, from: ID },
    secret: { value: secret, from: SECRET },
    token: token ? { value: token, from: TOKEN } : undefined,
  });
  const expiration = exportedExpiration(env);
  return { ...credentials, ...(expiration && { expiration }) };
}

/** The error for a variable that is set but empty. */
export function emptyVariable(name: string, env: Env): ArarError {
  const why = env.GITHUB_ACTIONS ? " (GitHub gives no secrets to pull requests from forks)" : "";
  return new ArarError(`${name} is set but empty${why}`);
}

/** When the exported session ends, if its issuer said so, as arar itself does. */
function exportedExpiration({ [TOKEN]: token, AWS_CREDENTIAL_EXPIRATION: text }: Env): Date | undefined {
  const milliseconds = Date.parse(text ?? "");
  return token && !Number.isNaN(milliseconds) ? new Date(milliseconds) : undefined;
}
