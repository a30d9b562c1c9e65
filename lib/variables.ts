/**
 * The variables that hold AWS credentials or lead to them: which are secret, which are removed from the command's
 * environment, and which are set in it.
 */

/** A variable that the command must not inherit. */
interface Removed {
  readonly name: string;
  readonly reason: string;
  readonly isSecret?: true;
}

/** The variables removed from the command's environment. */
export const REMOVED: readonly Removed[] = [
  { name: "AWS_PROFILE", reason: "the JavaScript SDK prefers the profile to keys; boto3 fails if it does not exist" },
  { name: "AWS_DEFAULT_PROFILE", reason: "the older name of `AWS_PROFILE`" },
  { name: "AWS_SECURITY_TOKEN", reason: "the older name of the session token; boto3 prefers it", isSecret: true },
  { name: "AWS_ACCOUNT_ID", reason: "the source's account; SDKs build account-based endpoints from it" },
  { name: "AWS_CREDENTIAL_SCOPE", reason: "belongs to the source credentials" },
  { name: "AWS_ROLE_ARN", reason: "already assumed; SDKs and a nested arar would assume it again" },
  { name: "AWS_ROLE_SESSION_NAME", reason: "belongs to the role already assumed" },
  { name: "AWS_WEB_IDENTITY_TOKEN_FILE", reason: "some SDKs prefer web identity to keys" },
  { name: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", reason: "leads to the container's own role" },
  { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", reason: "as above" },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN", reason: "as above", isSecret: true },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", reason: "as above" },
  {
    name: "AWS_BEARER_TOKEN_BEDROCK",
    reason: "SDKs send it instead of a signature; every other `AWS_BEARER_TOKEN_<SERVICE>` is removed too",
    isSecret: true,
  },
  { name: "AWS_ACCESS_KEY", reason: "the source's key, under a name that older tools read" },
  { name: "AWS_SECRET_KEY", reason: "as above", isSecret: true },
  { name: "AMAZON_ACCESS_KEY_ID", reason: "as above; read by the JavaScript SDK v2 and the Ruby SDK" },
  { name: "AMAZON_SECRET_ACCESS_KEY", reason: "as above", isSecret: true },
  { name: "AMAZON_SESSION_TOKEN", reason: "as above", isSecret: true },
  { name: "EC2_ACCESS_KEY", reason: "as above; read by Ansible" },
  { name: "EC2_SECRET_KEY", reason: "as above", isSecret: true },
  { name: "EC2_SECURITY_TOKEN", reason: "as above", isSecret: true },
  { name: "AWSACCESSKEYID", reason: "as above; read by s3fs" },
  { name: "AWSSECRETACCESSKEY", reason: "as above", isSecret: true },
  { name: "AWSSESSIONTOKEN", reason: "as above", isSecret: true },
  { name: "AWS_CREDENTIAL_FILE", reason: "names a file with the source's key; boto3 reads it" },
  { name: "AWS_SDK_LOAD_CONFIG", reason: "makes version 1 of the Go SDK read profiles from the config file" },
  { name: "ARAR_ASKED_PROFILES", reason: "how arar detects a `credential_process` that runs arar on the same profile" },
];

/** `AWS_BEARER_TOKEN_<SERVICE>`, for any service: https://docs.aws.amazon.com/sdkref/latest/guide/feature-token.html */
export const BEARER_TOKEN = /^AWS_BEARER_TOKEN_./;

/** The variables set in the command's environment, besides the region. */
export const SET = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
] as const;

/**
 * The variables set with `--refresh` instead of the keys: the endpoint that serves them, and its authorization token.
 */
export const SET_BY_REFRESH = [
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
] as const;

/** Tells the command which session it runs as; for prompts, scripts and a nested arar. */
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
