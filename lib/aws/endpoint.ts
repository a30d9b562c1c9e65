/**
 * How STS is reached: endpoint, its variants, retries and the CA bundle, each from the environment or a profile.
 * It must not know the SDK, nor make a call.
 *
 * Names: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 *
 * @module
 */

import { type Env, fromEnv, type Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";

/** What a profile may say about the same. */
export interface ProfileEndpoint {
  /** `endpoint_url` of the profile's `services` section for STS, else of the profile itself. */
  readonly endpointUrl?: Sourced<string>;
  readonly ignoreConfiguredEndpointUrls?: Sourced<string>;
  readonly stsRegionalEndpoints?: Sourced<string>;
  readonly useFipsEndpoint?: Sourced<string>;
  readonly useDualstackEndpoint?: Sourced<string>;
  readonly caBundle?: Sourced<string>;
  readonly maxAttempts?: Sourced<string>;
  readonly retryMode?: Sourced<string>;
}

/** How STS is reached. */
export interface Endpoint {
  /** A URL that replaces the region's own endpoint, and the place it came from. */
  readonly url?: Sourced<string>;
  readonly fips: boolean;
  readonly dualstack: boolean;
  /** The old global endpoint for the regions that had it: `AWS_STS_REGIONAL_ENDPOINTS=legacy`. */
  readonly legacyGlobal: boolean;
  /** PEM file of more certificate authorities, and the place it came from. */
  readonly caBundle?: Sourced<string>;
  readonly maxAttempts: number;
  readonly retryMode: "standard" | "adaptive";
}

/** Reads everything there is to say about the endpoint: environment, then profile, then default. */
export function readEndpoint(
  env: Env,
  profile: ProfileEndpoint = {},
): Endpoint {
  const url = endpointUrl(env, profile);
  const fips = boolean(fromEnv(env, "AWS_USE_FIPS_ENDPOINT") ?? profile.useFipsEndpoint);
  const dualstack = boolean(fromEnv(env, "AWS_USE_DUALSTACK_ENDPOINT") ?? profile.useDualstackEndpoint);
  if (url && (fips || dualstack)) {
    const variant = fips ? "FIPS" : "dual-stack";
    throw new ArarError(`${url.from} cannot be used together with the ${variant} endpoint; unset one of the two`);
  }
  const caBundle = fromEnv(env, "AWS_CA_BUNDLE") ?? profile.caBundle;
  const sts = choice(fromEnv(env, "AWS_STS_REGIONAL_ENDPOINTS") ?? profile.stsRegionalEndpoints, [
    "regional",
    "legacy",
  ]);
  // botocore's third mode, "legacy", is not the JavaScript SDK's: it means standard there.
  const retryMode = choice(fromEnv(env, "AWS_RETRY_MODE") ?? profile.retryMode, ["standard", "adaptive", "legacy"]);
  return {
    ...(url && { url: checkUrl(url) }),
    ...(caBundle && { caBundle }),
    fips,
    dualstack,
    legacyGlobal: sts === "legacy",
    maxAttempts: attempts(fromEnv(env, "AWS_MAX_ATTEMPTS") ?? profile.maxAttempts),
    retryMode: retryMode === "adaptive" ? "adaptive" : "standard",
  };
}

/** Whether requests to this URL, MFA codes and tokens included, would cross a network unencrypted. */
export function isCleartext(url: string): boolean {
  const target = new URL(url);
  return target.protocol === "http:" && !isLoopback(target);
}

/** Whether the URL is one of this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html#ss-endpoints-precedence
function endpointUrl(env: Env, profile: ProfileEndpoint): Sourced<string> | undefined {
  const ignored = fromEnv(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ??
    profile.ignoreConfiguredEndpointUrls;
  if (boolean(ignored)) return undefined;
  return fromEnv(env, "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL") ??
    profile.endpointUrl;
}

function checkUrl(given: Sourced<string>): Sourced<string> {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  // A password in a URL would be shown wherever the endpoint is.
  if (
    url && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === ""
  ) return given;
  const shown = url?.password || url?.username ? "a URL with a user name" : quote(given.value);
  throw new ArarError(`${given.from} is ${shown}; it takes an endpoint such as https://sts.eu-west-1.amazonaws.com`);
}

function boolean(given: Sourced<string> | undefined): boolean {
  const value = given?.value.toLowerCase();
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw new ArarError(`${given?.from} is ${quote(given?.value ?? "")}; it takes true or false`);
}

function choice(
  given: Sourced<string> | undefined,
  choices: readonly string[],
): string | undefined {
  const value = given?.value.toLowerCase();
  if (given && value !== undefined && !choices.includes(value)) {
    throw new ArarError(`${given.from} is ${quote(given.value)}; it takes ${choices.join(" or ")}`);
  }
  return value;
}

function attempts(given: Sourced<string> | undefined): number {
  if (!given) return 3;
  if (/^[1-9]\d?$/.test(given.value)) return Number(given.value);
  throw new ArarError(`${given.from} is ${quote(given.value)}; it takes a number of attempts, 1 to 99`);
}
