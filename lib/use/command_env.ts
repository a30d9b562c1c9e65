/**
 * Which variables the command's environment gains and loses, and why.
 *
 * @module
 */

import type { Env, Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import { formatExpiration, localExpiration, type RoleSession } from "../aws/credentials.ts";
import type { Region } from "../aws/region.ts";

/** A name that the command must not inherit. */
interface Removed {
  readonly name: string;
  readonly reason: string;
}

/** What is removed from the command's environment. */
export const REMOVED: readonly Removed[] = [
  { name: "AWS_PROFILE", reason: "the JavaScript SDK prefers the profile to keys; boto3 fails if it does not exist" },
  { name: "AWS_DEFAULT_PROFILE", reason: "the older name of the same" },
  { name: "AWS_SECURITY_TOKEN", reason: "the older name of the session token, which boto3 prefers" },
  { name: "AWS_ACCOUNT_ID", reason: "the source's account, from which SDKs build account-based endpoints" },
  { name: "AWS_CREDENTIAL_SCOPE", reason: "belongs to the source credentials" },
  { name: "AWS_ROLE_ARN", reason: "already assumed; SDKs and a nested arar would assume it again" },
  { name: "AWS_ROLE_SESSION_NAME", reason: "belongs to the role already assumed" },
  { name: "AWS_WEB_IDENTITY_TOKEN_FILE", reason: "some SDKs prefer web identity to keys" },
  { name: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", reason: "leads to the container's own role" },
  { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", reason: "likewise" },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN", reason: "likewise" },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", reason: "likewise" },
  {
    name: "AWS_BEARER_TOKEN_BEDROCK",
    reason: "SDKs send it in place of a signature; so is every other `AWS_BEARER_TOKEN_<SERVICE>`",
  },
  { name: "AWS_ACCESS_KEY", reason: "the source's key, under a name that older tools read" },
  { name: "AWS_SECRET_KEY", reason: "likewise" },
  { name: "AMAZON_ACCESS_KEY_ID", reason: "likewise: the JavaScript SDK v2 and the Ruby SDK" },
  { name: "AMAZON_SECRET_ACCESS_KEY", reason: "likewise" },
  { name: "AMAZON_SESSION_TOKEN", reason: "likewise" },
  { name: "EC2_ACCESS_KEY", reason: "likewise: Ansible" },
  { name: "EC2_SECRET_KEY", reason: "likewise" },
  { name: "EC2_SECURITY_TOKEN", reason: "likewise" },
  { name: "AWS_CREDENTIAL_FILE", reason: "names a file with the source's key: boto3" },
  { name: "AWS_SDK_LOAD_CONFIG", reason: "makes the first Go SDK read profiles from the config file" },
  { name: "ARAR_ASKED_PROFILES", reason: "how arar detects a `credential_process` that leads back to itself" },
];

/** Any service may have one: https://docs.aws.amazon.com/sdkref/latest/guide/feature-token.html */
const BEARER_TOKEN = /^AWS_BEARER_TOKEN_./;

/** What is set in the command's environment, besides its region. */
export const SET = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
] as const;

/** What is set under `--refresh` instead of keys: where to ask for them, and the password. */
export const SET_BY_REFRESH = [
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
] as const;

/** Says in the command's environment which session it runs as: for prompts, scripts, and an arar that is started in it. */
export const MARKER = "ARAR_SESSION_ARN";

/** Most SDKs read the first, the AWS CLI and boto3 the second. */
const REGION_NAMES = ["AWS_REGION", "AWS_DEFAULT_REGION"] as const;

/** A change of an environment: names to set, names to remove. */
export interface EnvironmentChange {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** What the user decides about the environment. */
export interface CommandEnvChoice {
  /** Names that stay, of {@linkcode REMOVED} and of those to hide. */
  readonly keep: readonly string[];
  /** Further names that the command must not see. */
  readonly hide: readonly string[];
}

/** The names of `--keep-env`; throws an `ArarError` for one that arar sets. */
export function checkKeepEnv(names: readonly Sourced<string>[]): readonly string[] {
  const refused = names.find(({ value }) => SET.some((set) => set === value));
  if (!refused) return names.map(({ value }) => value);
  throw new ArarError(
    `${refused.from} ${quote(refused.value)}: arar sets this variable for the command, so it cannot stay`,
  );
}

/** The names to remove, present or not: arar cannot see a variable whose value is not UTF-8, but the command inherits it. */
export function removedNames(choice: CommandEnvChoice, env: Env): readonly string[] {
  const names = new Set([
    ...REMOVED.map(({ name }) => name),
    ...Object.keys(env).filter((name) => BEARER_TOKEN.test(name)),
    ...choice.hide,
  ]);
  return [...names].filter((name) => !choice.keep.includes(name));
}

/** The names and values of the command's region. */
export function regionChange(region: Region, env: Env): Readonly<Record<string, string>> {
  const { child } = region;
  if (!child) return {};
  const names = REGION_NAMES.filter((name) => child.overwrite || !env[name]);
  return Object.fromEntries(names.map((name) => [name, child.name]));
}

/** The variables that hand a session over. */
export function keyVariables(session: RoleSession): Readonly<Record<typeof SET[number], string>> {
  const { credentials } = session;
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    // Set rather than removed: botocore refuses fresh keys beside a stale expiration.
    AWS_CREDENTIAL_EXPIRATION: formatExpiration(localExpiration(session)),
  };
}

/** The whole change for a command that gets these variables: the keys, or where to ask for them. */
export function environmentChange(
  variables: Readonly<Record<string, string>>,
  region: Region,
  env: Env,
  choice: CommandEnvChoice,
): EnvironmentChange {
  const set = { ...variables, ...regionChange(region, env) };
  // SDKs prefer keys to everything else, so those of the source must go where none take their place.
  return { set, unset: [...SET, ...removedNames(choice, env)].filter((name) => !(name in set)) };
}
