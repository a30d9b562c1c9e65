/**
 * The variables that give a program credentials of AWS, or lead it to some: which are secret, which the command must not inherit, and
 * which it gets.
 *
 * @module
 */

/** A name that the command must not inherit. */
interface Removed {
  readonly name: string;
  readonly reason: string;
  readonly isSecret?: true;
}

/** What is removed from the command's environment. */
export const REMOVED: readonly Removed[] = [
  { name: "AWS_PROFILE", reason: "the JavaScript SDK prefers the profile to keys; boto3 fails if it does not exist" },
  { name: "AWS_DEFAULT_PROFILE", reason: "the older name of the same" },
  { name: "AWS_SECURITY_TOKEN", reason: "the older name of the session token, which boto3 prefers", isSecret: true },
  { name: "AWS_ACCOUNT_ID", reason: "the source's account, from which SDKs build account-based endpoints" },
  { name: "AWS_CREDENTIAL_SCOPE", reason: "belongs to the source credentials" },
  { name: "AWS_ROLE_ARN", reason: "already assumed; SDKs and a nested arar would assume it again" },
  { name: "AWS_ROLE_SESSION_NAME", reason: "belongs to the role already assumed" },
  { name: "AWS_WEB_IDENTITY_TOKEN_FILE", reason: "some SDKs prefer web identity to keys" },
  { name: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", reason: "leads to the container's own role" },
  { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", reason: "likewise" },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN", reason: "likewise", isSecret: true },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", reason: "likewise" },
  {
    name: "AWS_BEARER_TOKEN_BEDROCK",
    reason: "SDKs send it in place of a signature; so is every other `AWS_BEARER_TOKEN_<SERVICE>`",
    isSecret: true,
  },
  { name: "AWS_ACCESS_KEY", reason: "the source's key, under a name that older tools read" },
  { name: "AWS_SECRET_KEY", reason: "likewise", isSecret: true },
  { name: "AMAZON_ACCESS_KEY_ID", reason: "likewise: the JavaScript SDK v2 and the Ruby SDK" },
  { name: "AMAZON_SECRET_ACCESS_KEY", reason: "likewise", isSecret: true },
  { name: "AMAZON_SESSION_TOKEN", reason: "likewise", isSecret: true },
  { name: "EC2_ACCESS_KEY", reason: "likewise: Ansible" },
  { name: "EC2_SECRET_KEY", reason: "likewise", isSecret: true },
  { name: "EC2_SECURITY_TOKEN", reason: "likewise", isSecret: true },
  { name: "AWS_CREDENTIAL_FILE", reason: "names a file with the source's key: boto3" },
  { name: "AWS_SDK_LOAD_CONFIG", reason: "makes the first Go SDK read profiles from the config file" },
  { name: "ARAR_ASKED_PROFILES", reason: "how arar detects a `credential_process` that leads back to itself" },
];

/** Any service may have one: https://docs.aws.amazon.com/sdkref/latest/guide/feature-token.html */
export const BEARER_TOKEN = /^AWS_BEARER_TOKEN_./;

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

/** Variables whose values are secret. */
export const SECRET_NAMES: readonly string[] = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "BUILDKITE_AGENT_ACCESS_TOKEN",
  "SYSTEM_ACCESSTOKEN",
  "ARAR_TOKEN_CODE",
  ...REMOVED.flatMap(({ name, isSecret }) => isSecret ? [name] : []),
];
