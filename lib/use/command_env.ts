/**
 * Which names the command's environment gains and loses, each with its reason.
 * It must not know how the environment is changed.
 *
 * @module
 */

import type { Env } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import { formatExpiration, type RoleSession } from "../aws/credentials.ts";
import type { Region } from "../aws/region.ts";

/** A name that the command must not inherit. */
interface Removed {
  readonly name: string;
  readonly reason: string;
}

/** What is removed from the command's environment. */
export const REMOVED: readonly Removed[] = [
  {
    name: "AWS_PROFILE",
    reason: "the JavaScript SDK prefers the profile to the keys; boto3 fails if it does not exist",
  },
  { name: "AWS_DEFAULT_PROFILE", reason: "the same, by its older name" },
  {
    name: "AWS_SECURITY_TOKEN",
    reason: "boto3 prefers this older name of the session token",
  },
  {
    name: "AWS_ACCOUNT_ID",
    reason: "the source's account; SDKs build account-based endpoints from it",
  },
  { name: "AWS_CREDENTIAL_SCOPE", reason: "belongs to the source credentials" },
  {
    name: "AWS_ROLE_ARN",
    reason: "the role is assumed; SDKs and a nested arar would assume it again",
  },
  { name: "AWS_ROLE_SESSION_NAME", reason: "belongs to the same" },
  {
    name: "AWS_WEB_IDENTITY_TOKEN_FILE",
    reason: "some SDKs prefer web identity to the keys",
  },
  {
    name: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    reason: "the container's role instead of the assumed one",
  },
  { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", reason: "the same" },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN", reason: "the same" },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", reason: "the same" },
  {
    name: "AWS_ACCESS_KEY",
    reason: "the source's key, by a name that older tools read",
  },
  { name: "AWS_SECRET_KEY", reason: "the same" },
  { name: "AWS_CREDENTIAL_FILE", reason: "the same, in a file" },
  {
    name: "AWS_SDK_LOAD_CONFIG",
    reason: "makes the first Go SDK take profiles from the config file",
  },
  {
    name: "EC2_SECURITY_TOKEN",
    reason: "the source's session token, by an older name",
  },
  { name: "ARAR_TOKEN_CODE", reason: "an MFA code, used up" },
  {
    name: "ARAR_ASKED_PROFILES",
    reason: "a note of arar's to itself, against a profile that asks arar that asks the profile",
  },
];

/** What is set in the command's environment; the region only where it has none, or by `--region`. */
export const SET = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
] as const;

/** What is set instead of keys under `--refresh`: where the command asks for them, and its password there. */
export const SET_BY_REFRESH = [
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
] as const;

/** The names of the region: the first is most SDKs', the second the AWS CLI's and boto3's. */
const REGION_NAMES = ["AWS_REGION", "AWS_DEFAULT_REGION"] as const;

/** A change of an environment: names to set, names to remove. */
export interface EnvironmentChange {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** What of the environment is the user's choice. */
export interface ChildEnvChoice {
  /** Names of {@linkcode REMOVED} that stay. */
  readonly keep: readonly string[];
  /** Further names that the command must not see. */
  readonly hide: readonly string[];
}

/** What `--keep-env` was given; throws an `ArarError` for a name that arar sets. On Windows names compare without case. */
export function checkKeepEnv(
  names: readonly string[],
  os: string,
): readonly string[] {
  const folded = names.map((name) => os === "windows" ? name.toUpperCase() : name);
  const refused = folded.find((name) => SET.some((set) => set === name));
  if (refused) {
    throw new ArarError(`--keep-env ${quote(refused)}: arar sets this name for the command, so it cannot stay`);
  }
  return folded;
}

/** The names that are removed. Absent ones count too: a value that is not UTF-8 is inherited though arar cannot see it. */
export function removedNames(choice: ChildEnvChoice): readonly string[] {
  const removed = REMOVED.map(({ name }) => name).filter((name) => !choice.keep.includes(name));
  return [...removed, ...choice.hide];
}

/** The names and values of the command's region. */
export function regionChange(region: Region, env: Env): Readonly<Record<string, string>> {
  const { child } = region;
  if (!child) return {};
  const names = REGION_NAMES.filter((name) => child.overwrite || !env[name]);
  return Object.fromEntries(names.map((name) => [name, child.name]));
}

/** The variables that hand a session to a command. */
export function keyVariables({ credentials }: RoleSession): Readonly<Record<typeof SET[number], string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    // botocore refuses fresh keys beside a stale expiration, so it is set rather than removed.
    AWS_CREDENTIAL_EXPIRATION: formatExpiration(credentials.expiration),
  };
}

/** What changes in the environment for a command that gets these variables: the keys, or where to ask for them. */
export function environmentChange(
  variables: Readonly<Record<string, string>>,
  region: Region,
  env: Env,
  choice: ChildEnvChoice,
): EnvironmentChange {
  const set = { ...variables, ...regionChange(region, env) };
  // Keys win over every other way to credentials, so where they are not given they are removed.
  return { set, unset: [...SET, ...removedNames(choice)].filter((name) => !(name in set)) };
}
