/** Which variables are set in and removed from the command's environment. */

import type { CommandEnvChoice } from "../settings/settings.ts";
import type { Env } from "../sourced.ts";
import { formatExpiration, hasExpiration, localExpiration, type Session } from "../aws/credentials.ts";
import type { Region } from "../aws/endpoint.ts";
import { BEARER_TOKEN, REMOVED, SET } from "../variables.ts";

/** Most SDKs read the first, the AWS CLI and boto3 the second. */
const REGION_NAMES = ["AWS_REGION", "AWS_DEFAULT_REGION"] as const;

/** A change of an environment: variables to set and names to remove. */
export interface EnvironmentChange {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** The names to remove, set or not: arar cannot see variables that are not UTF-8, but the command inherits them. */
export function removedNames(choice: CommandEnvChoice, env: Env): readonly string[] {
  const names = new Set([
    ...REMOVED.map(({ name }) => name),
    ...Object.keys(env).filter((name) => BEARER_TOKEN.test(name)),
    ...choice.hide,
  ]);
  return [...names].filter((name) => !choice.keep.includes(name));
}

/** The region variables to set. */
export function regionChange(region: Region, env: Env): Readonly<Record<string, string>> {
  const { child } = region;
  if (!child) return {};
  const names = REGION_NAMES.filter((name) => child.overwrite || !env[name]);
  return Object.fromEntries(names.map((name) => [name, child.name]));
}

/** The variables that hold a session's credentials. */
export function keyVariables(session: Session): Readonly<Record<string, string>> {
  const { credentials } = session;
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    // Set rather than removed: botocore refuses fresh keys with a stale expiration.
    ...(hasExpiration(session) && { AWS_CREDENTIAL_EXPIRATION: formatExpiration(localExpiration(session)) }),
  };
}

/** The whole change, given the variables that lead to the credentials: keys or endpoint. */
export function environmentChange(
  variables: Readonly<Record<string, string>>,
  region: Region,
  env: Env,
  choice: CommandEnvChoice,
): EnvironmentChange {
  const set = { ...variables, ...regionChange(region, env) };
  // SDKs prefer keys to everything else, so the source's keys must go if no others replace them.
  return { set, unset: [...SET, ...removedNames(choice, env)].filter((name) => !(name in set)) };
}
