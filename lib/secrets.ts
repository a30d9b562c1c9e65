/**
 * Secrets that arar was handed, and how a text is kept free of them.
 * It must not know what a text is for.
 *
 * @module
 */

import type { Env } from "./sourced.ts";

/** Variables whose values are secret. */
const SECRET_NAMES = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_SECRET_KEY",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
] as const;

/** Shorter values are no secrets of AWS's, and would be found in ordinary words. */
const SHORTEST = 16;

/** An MFA code has six digits. */
const CODE_LENGTH = 6;

/** The secrets of an environment; `names` are further variables that hold one. */
export function knownSecrets(env: Env, names: readonly string[] = []): readonly string[] {
  const values = [...SECRET_NAMES, ...names].map((name) => env[name] ?? "");
  const code = env.ARAR_TOKEN_CODE ?? "";
  return [...values.filter((value) => value.length >= SHORTEST), ...code.length >= CODE_LENGTH ? [code] : []];
}

/**
 * The text with every secret replaced by `***`, a cut one too: a last line of defence, since a value may be given where none
 * belongs, and messages cut long values.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(hideSecret, text);
}

function hideSecret(text: string, secret: string): string {
  const beginning = secret.slice(0, SHORTEST);
  const [before = "", ...rest] = beginning === "" ? [text] : text.split(beginning);
  return before +
    rest.map((after) => `***${after.slice(commonLength(after, secret.slice(beginning.length)))}`).join("");
}

/** How many characters two texts begin with in common. */
function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
