/**
 * Secrets that arar was handed, and how a text is kept free of them.
 * It must not know what a text is for.
 *
 * @module
 */

import type { Env } from "./given.ts";

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

/** The secrets of an environment; `names` are further variables that hold one. */
export function knownSecrets(env: Env, names: readonly string[] = []): readonly string[] {
  const values = [...SECRET_NAMES, ...names].map((name) => env[name] ?? "");
  return values.filter((value) => value.length >= SHORTEST);
}

/** The text with every secret replaced by `***`: a last line of defence, since a value may be given where none belongs. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text);
}
