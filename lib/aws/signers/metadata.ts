/**
 * Gets the credentials that the machine provides: from a container's endpoint or the instance metadata service. A failure is
 * often expected, so its reason is returned, not thrown.
 */

import { type Env, fromEnv, unexpected } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { MetadataSettings } from "../signer.ts";
import type { Credentials } from "../credentials.ts";

/** The SDK's providers would otherwise write to stderr. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The variable that names a container's endpoint, if one does. */
export function containerVariable(env: Env): string | undefined {
  return ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"].find((name) => env[name]);
}

/** The container's credentials: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
export async function containerCredentials({ env }: { readonly env: Env }): Promise<Credentials | string> {
  const name = containerVariable(env);
  if (!name) {
    return "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
  }
  const { fromHttp } = await import("@aws-sdk/credential-provider-http");
  try {
    return pick(
      await fromHttp({
        // Empty rather than absent: for absent ones the provider reads the environment itself.
        awsContainerCredentialsRelativeUri: env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ?? "",
        awsContainerCredentialsFullUri: env.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? "",
        awsContainerAuthorizationToken: env.AWS_CONTAINER_AUTHORIZATION_TOKEN ?? "",
        awsContainerAuthorizationTokenFile: env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ?? "",
        logger: SILENT,
      })(),
    );
  } catch (error) {
    return explainContainer(error, name, env);
  }
}

function explainContainer(error: unknown, name: string, env: Env): string {
  const message = error instanceof Error ? error.message : "";
  const status = /responded with status: (\d{3})/.exec(message)?.[1];
  if (status) return `the endpoint in ${name} answered HTTP ${status}`;
  if (/^URL not accepted/.test(message)) return `${name} must be https, or http to this machine or to ECS or EKS`;
  if (/Invalid URL/.test(message)) return `${name} is not a URL`;
  if (/ENOENT|EACCES|EISDIR|os error/.test(message) && env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE) {
    return "the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read";
  }
  if (/^Authorization token contains|\[ERR_INVALID_CHAR\]/.test(message)) {
    return "the token in AWS_CONTAINER_AUTHORIZATION_TOKEN or its _FILE contains a line break or another character that cannot be sent";
  }
  if (/required format|JSON/.test(message)) return `the endpoint in ${name} returned no credentials`;
  return `the endpoint in ${name} did not answer`;
}

const ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const DEFAULT_ENDPOINTS: Env = { ipv4: "http://169.254.169.254", ipv6: "http://[fd00:ec2::254]" };

/** The instance's credentials: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html */
export async function instanceCredentials(
  { env, system }: { readonly env: Env; readonly system: Pick<System, "withEnv"> },
  settings: MetadataSettings = {},
  timeout = 1000,
): Promise<Credentials | string> {
  if (env.AWS_EC2_METADATA_DISABLED && env.AWS_EC2_METADATA_DISABLED.toLowerCase() !== "false") {
    return "AWS_EC2_METADATA_DISABLED is set";
  }
  const endpoint = metadataEndpoint(env, settings);
  const { fromInstanceMetadata } = await import("@smithy/credential-provider-imds");
  const provider = fromInstanceMetadata({ timeout, maxRetries: 0, logger: SILENT });
  try {
    // The provider has no parameter for the endpoint: it reads the environment, or a profile that it chooses itself.
    return pick(await system.withEnv(endpoint === undefined ? {} : { [ENDPOINT]: endpoint }, provider));
  } catch (error) {
    const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
    if (status === 404) return "the metadata service has no role";
    if (typeof status === "number") return `the metadata service answered HTTP ${status}`;
    return "no metadata service answered";
  }
}

/** The metadata service's address, if set: an endpoint precedes a mode, and the environment a profile. */
export function metadataEndpoint(env: Env, settings: MetadataSettings): string | undefined {
  const endpoint = fromEnv(env, ENDPOINT) ?? settings.endpoint;
  if (endpoint && !URL.canParse(endpoint.value)) throw unexpected(endpoint, "a URL");
  if (endpoint) return endpoint.value;
  const mode = fromEnv(env, `${ENDPOINT}_MODE`) ?? settings.mode;
  if (!mode) return undefined;
  const name = mode.value.toLowerCase();
  if (Object.hasOwn(DEFAULT_ENDPOINTS, name)) return DEFAULT_ENDPOINTS[name];
  throw unexpected(mode, "IPv4 or IPv6");
}

/** The credentials without anything else that a provider adds. */
export function pick({ accessKeyId, secretAccessKey, sessionToken, expiration }: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}): Credentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...(expiration && { expiration }) };
}
