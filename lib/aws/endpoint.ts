/**
 * Reads how to reach STS: the endpoint and its variants, retries and the CA bundle, each from the environment or a profile.
 *
 * Names: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */

import { type Env, fromEnv, type Sourced, unexpected } from "../sourced.ts";
import { ArarError } from "../errors.ts";

/** How to reach STS. */
export interface Endpoint {
  /** A URL that replaces the region's own endpoint. */
  readonly url?: Sourced<string>;
  readonly fips: boolean;
  readonly dualstack: boolean;
  /** The old global endpoint for the regions that had it: `AWS_STS_REGIONAL_ENDPOINTS=legacy`. */
  readonly legacyGlobal: boolean;
  /** A PEM file with additional certificate authorities. */
  readonly caBundle?: Sourced<string>;
  readonly maxAttempts: number;
  readonly retryMode: "standard" | "adaptive";
}

/**
 * Reads each setting from the environment, then the profile, then its default. The profile's `endpoint_url` is that of its
 * `services` section for STS, if it has one.
 */
export function readEndpoint(env: Env, profile: ReadonlyMap<string, Sourced<string>> = new Map()): Endpoint {
  const read = (key: string) => fromEnv(env, `AWS_${key.toUpperCase()}`) ?? profile.get(key);
  const url = boolean(read("ignore_configured_endpoint_urls"))
    ? undefined
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html#ss-endpoints-precedence
    : fromEnv(env, "AWS_ENDPOINT_URL_STS") ?? read("endpoint_url");
  const fips = boolean(read("use_fips_endpoint"));
  const dualstack = boolean(read("use_dualstack_endpoint"));
  if (url && (fips || dualstack)) {
    const variant = fips ? "FIPS" : "dual-stack";
    throw new ArarError(`${url.from} cannot be used together with the ${variant} endpoint; unset one of the two`);
  }
  const caBundle = read("ca_bundle");
  // The SDK for JavaScript does not have botocore's third mode, "legacy": it is read as standard.
  const retryMode = choice(read("retry_mode"), ["standard", "adaptive", "legacy"]);
  return {
    ...(url && { url: checkUrl(url) }),
    ...(caBundle && { caBundle }),
    fips,
    dualstack,
    legacyGlobal: choice(read("sts_regional_endpoints"), ["regional", "legacy"]) === "legacy",
    maxAttempts: attempts(read("max_attempts")),
    retryMode: retryMode === "adaptive" ? "adaptive" : "standard",
  };
}

function checkUrl(given: Sourced<string>): Sourced<string> {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  const expected = "an endpoint such as https://sts.eu-west-1.amazonaws.com";
  // It would be shown wherever the endpoint is.
  if (url?.username || url?.password) {
    throw new ArarError(`${given.from} is a URL with a user name or password; expected ${expected}`);
  }
  if (url && /^https?:$/.test(url.protocol)) return given;
  throw unexpected(given, expected);
}

function boolean(given: Sourced<string> | undefined): boolean {
  return choice(given, ["true", "false"]) === "true";
}

function choice(given: Sourced<string> | undefined, choices: readonly string[]): string | undefined {
  const value = given?.value.toLowerCase();
  if (given && value !== undefined && !choices.includes(value)) throw unexpected(given, choices.join(" or "));
  return value;
}

function attempts(given: Sourced<string> | undefined): number {
  if (!given) return 3;
  if (/^[1-9]\d?$/.test(given.value)) return Number(given.value);
  throw unexpected(given, "a number of attempts, 1 to 99");
}
