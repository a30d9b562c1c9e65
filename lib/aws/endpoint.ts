/**
 * How STS is reached: the endpoint and its variants, retries and the CA bundle, each from the environment or a profile.
 *
 * Names: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 *
 * @module
 */

import { type Env, fromEnv, type Sourced, unexpected } from "../sourced.ts";
import { ArarError } from "../errors.ts";

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

/** What a profile says, by key. */
type ProfileValues = ReadonlyMap<string, Sourced<string>>;

/**
 * Reads everything there is to say about the endpoint: environment, then profile, then default. In the profile, `endpoint_url` is that
 * of its `services` section for STS, if it has one.
 */
export function readEndpoint(env: Env, profile: ProfileValues = new Map()): Endpoint {
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
  // botocore's third mode, "legacy", does not exist in the JavaScript SDK: there it means standard.
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

/** Whether requests to this URL, MFA codes and tokens included, would cross a network unencrypted. */
export function isCleartext(url: string): boolean {
  const target = new URL(url);
  return target.protocol === "http:" && !isLoopback(target);
}

/** Whether the URL is one of this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function checkUrl(given: Sourced<string>): Sourced<string> {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  // A password in a URL would be shown wherever the endpoint is.
  if (
    url && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === ""
  ) return given;
  const expected = "an endpoint such as https://sts.eu-west-1.amazonaws.com";
  if (!url?.password && !url?.username) throw unexpected(given, expected);
  throw new ArarError(`${given.from} is a URL with a user name or password; expected ${expected}`);
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
