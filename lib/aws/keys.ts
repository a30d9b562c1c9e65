/**
 * Access keys from the environment, a profile or a program's output: checked before use, and never shown.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 */

import { ArarError } from "../errors.ts";
import { type Env, Origin, type Sourced } from "../sourced.ts";
import type { Credentials } from "./credentials.ts";
import { flawOf } from "./flaws.ts";

const ID = "AWS_ACCESS_KEY_ID";
const SECRET = "AWS_SECRET_ACCESS_KEY";
const TOKEN = "AWS_SESSION_TOKEN";

/** What AWS issues as access key IDs: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const KEY_ID = /^A(?:KI|SI)A[A-Z0-9]{12,124}$/;

/** What AWS issues as secret access keys; one without any lower-case letter is as good as impossible. */
const SECRET_KEY = /^(?=.*[a-z])[A-Za-z0-9/+]{40}$/;

/** Throws an `ArarError` that names the origin of a value that cannot be right, and shows no part of it. */
export function checkKeys({ id, secret, token }: {
  readonly id: Sourced<string>;
  readonly secret: Sourced<string>;
  readonly token?: Sourced<string> | undefined;
}): Credentials {
  for (const given of [id, secret, ...token ? [token] : []]) {
    const flaw = flawOf(given.value);
    if (flaw) throw new ArarError(`${given.from} ${flaw}`);
  }
  if (KEY_ID.test(secret.value)) {
    const swapped = KEY_ID.test(id.value) ? "" : `; is it swapped with ${id.from}?`;
    throw new ArarError(`${secret.from} is an access key ID, not a secret access key${swapped}`);
  }
  if (SECRET_KEY.test(id.value)) throw new ArarError(`${id.from} is a secret access key, not an access key ID`);
  return { accessKeyId: id.value, secretAccessKey: secret.value, ...(token && { sessionToken: token.value }) };
}

/**
 * The exported keys, if there are any; throws an `ArarError` for half a pair, and for a value that cannot be right.
 *
 * Empty is not the same as unset: a CI job whose secrets are missing must not fall back to the identity of its machine.
 * Empty keys are ignored only if the environment names another source.
 */
export function exportedKeys(env: Env): Credentials | undefined {
  const { [ID]: id, [SECRET]: secret, [TOKEN]: token } = env;
  if (id === undefined && secret === undefined) return undefined;
  if (!id && !secret && (env.AWS_PROFILE || env.AWS_WEB_IDENTITY_TOKEN_FILE)) return undefined;
  for (const name of [ID, SECRET]) {
    if (env[name] === "") throw emptyVariable(name, env);
  }
  if (id === undefined) throw new ArarError(`${SECRET} is set, but ${ID} is not; set both or neither`);
  if (secret === undefined) throw new ArarError(`${ID} is set, but ${SECRET} is not; set both or neither`);
  // Long-lived keys have no token, and a workflow that supports both kinds sets it to an empty value.
  if (token === "" && id.startsWith("ASIA")) throw emptyVariable(TOKEN, env);
  const credentials = checkKeys({
    id: { value: id, from: exportedAs(ID) },
    secret: { value: secret, from: exportedAs(SECRET) },
    token: token ? { value: token, from: exportedAs(TOKEN) } : undefined,
  });
  const expiration = token ? new Date(env.AWS_CREDENTIAL_EXPIRATION ?? "") : undefined;
  return { ...credentials, ...(expiration && !Number.isNaN(expiration.getTime()) && { expiration }) };
}

function exportedAs(name: string): Origin {
  return new Origin("exported", name);
}

/** The error for a variable that is set but empty. */
export function emptyVariable(name: string, env: Env): ArarError {
  const why = env.GITHUB_ACTIONS ? " (GitHub does not pass secrets to pull requests from forks)" : "";
  return new ArarError(`${name} is set but empty${why}`);
}
