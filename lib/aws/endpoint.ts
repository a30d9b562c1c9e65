/**
 * Reads how to reach a service: its endpoint and variants, retries and the CA bundle, each from the environment or a profile.
 *
 * Names: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */

import { ArarError, quote } from "../errors.ts";
import { type Env, fromEnv, made, Origin, type Sourced, unexpected } from "../sourced.ts";

/**
 * The services that are called, as settings name them:
 * https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints.html
 */
export type Service = "sts" | SignInService;

/** The services that give the credentials of people who have signed in: the SSO portal, its tokens, and `aws login`. */
export type SignInService = "sso" | "sso_oidc" | "signin";

/** How to reach a service. */
export interface Endpoint {
  /** A URL that replaces the region's own endpoint. */
  readonly url?: Sourced<string>;
  readonly fips: boolean;
  readonly dualstack: boolean;
  /** STS's old global endpoint for the regions that had it: `AWS_STS_REGIONAL_ENDPOINTS=legacy`. */
  readonly legacyGlobal: boolean;
  /** A PEM file with additional certificate authorities. */
  readonly caBundle?: Sourced<string>;
  readonly maxAttempts: number;
  readonly retryMode: "standard" | "adaptive";
}

/**
 * Reads each setting from the environment, then the profile, then its default. What the profile's `services` section says
 * is found as `SERVICE.endpoint_url`. `region` asks for the FIPS endpoint if it is a pseudo region.
 */
export function readEndpoint(
  env: Env,
  profile: ReadonlyMap<string, Sourced<string>> = new Map(),
  { service = "sts", region }: { readonly service?: Service; readonly region?: Sourced<string> | undefined } = {},
): Endpoint {
  const read = (key: string) => fromEnv(env, `AWS_${key.toUpperCase()}`) ?? profile.get(key);
  const url = boolean(read("ignore_configured_endpoint_urls"))
    ? undefined
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html#ss-endpoints-precedence
    : fromEnv(env, `AWS_ENDPOINT_URL_${service.toUpperCase()}`, "AWS_ENDPOINT_URL") ??
      profile.get(`${service}.endpoint_url`) ?? profile.get("endpoint_url");
  const pseudo = region && isFipsRegion(region.value) ? region : undefined;
  const fips = boolean(read("use_fips_endpoint")) || pseudo !== undefined;
  const dualstack = boolean(read("use_dualstack_endpoint"));
  if (url && (fips || dualstack)) {
    const by = pseudo ? ` that ${pseudo.from} ${quote(pseudo.value)} stands for` : "";
    const variant = fips ? `FIPS endpoint${by}` : "dual-stack endpoint";
    throw new ArarError(`${url.from} cannot be used together with the ${variant}; unset one of the two`);
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
    maxAttempts: readAttempts(read("max_attempts")) ?? 3,
    retryMode: retryMode === "adaptive" ? "adaptive" : "standard",
  };
}

/** Suffixes of host names by region: usual, dual-stack, and that of the sign-in service if it has another. */
const SUFFIXES: readonly (readonly [region: RegExp, usual: string, dualstack: string, signIn?: string])[] = [
  // https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
  [/^cn-/, "amazonaws.com.cn", "api.amazonwebservices.com.cn", "signin.amazonaws.cn"],
  [/^us-gov-/, "amazonaws.com", "api.aws", "signin.amazonaws-us-gov.com"],
  [/^eusc-/, "amazonaws.eu", "api.amazonwebservices.eu"],
  [/^us-iso-/, "c2s.ic.gov", "api.aws.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov", "api.aws.scloud"],
  [/^eu-isoe-/, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"],
  [/^us-isof-/, "csp.hci.ic.gov", "api.aws.hci.ic.gov"],
];
const OTHERS = [/^/, "amazonaws.com", "api.aws", "signin.aws.amazon.com"] as const;

const NAMES: Readonly<Record<SignInService, string>> = { "sso": "portal.sso", "sso_oidc": "oidc", "signin": "signin" };

/**
 * Where a service of people who have signed in is called:
 * https://github.com/boto/botocore/tree/develop/botocore/data/sso/2019-06-10 (endpoint-rule-set-1.json), likewise sso-oidc, signin
 */
export function serviceUrl(service: SignInService, region: string, { url, fips, dualstack }: Endpoint): Sourced<URL> {
  if (url) return { value: new URL(url.value), from: url.from };
  if (!/^[a-z0-9-]+$/i.test(region)) throw new ArarError(`${quote(region)} is not a region`);
  const [, usual, dual, signIn] = SUFFIXES.find(([pattern]) => pattern.test(region)) ?? OTHERS;
  if (service === "signin" && signIn && !fips && !dualstack) return regional(`${region}.${signIn}`);
  // GovCloud's usual endpoints of SSO are its FIPS endpoints.
  const isFips = fips && (service === "signin" || dualstack || !region.startsWith("us-gov-"));
  return regional(`${NAMES[service]}${isFips ? "-fips" : ""}.${region}.${dualstack ? dual : usual}`);
}

function regional(host: string): Sourced<URL> {
  return made(new URL(`https://${host}`), "the region's");
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

/** Whether the setting is true; throws an `ArarError` for anything but true and false. */
export function boolean(given: Sourced<string> | undefined): boolean {
  return choice(given, ["true", "false"]) === "true";
}

function choice(given: Sourced<string> | undefined, choices: readonly string[]): string | undefined {
  const value = given?.value.toLowerCase();
  if (given && value !== undefined && !choices.includes(value)) throw unexpected(given, choices.join(" or "));
  return value;
}

/** A number of attempts; throws an `ArarError` for anything else. */
export function readAttempts(given: Sourced<string> | undefined): number | undefined {
  if (!given) return undefined;
  if (/^[1-9]\d?$/.test(given.value)) return Number(given.value);
  throw unexpected(given, "a number of attempts, 1 to 99");
}

export interface Region {
  /** The region that STS is called in, and that requests are signed for. */
  readonly sts: string;
  readonly from: Origin;
  /** The command's region: replaces the one it has, or is set if it has none. Absent: none is known. */
  readonly child?: { readonly name: string; readonly overwrite: boolean };
}

// The oldest region of each partition, where STS is always active; botocore lists partitions and their regions:
// https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
const DEFAULT_REGIONS: Readonly<Record<string, string>> = {
  "aws": "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
};

/** Pseudo regions, the older way to ask for FIPS endpoints: https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html */
const FIPS = /^fips-|-fips$/;

/** Whether the region stands for the FIPS endpoints of another, as `us-east-1-fips` does. */
export function isFipsRegion(name: string): boolean {
  return FIPS.test(name);
}

/**
 * The given region, otherwise the default of the role's partition, which the command does not get. A region from the
 * command line replaces the command's own; any other is set only if the command has none and does not find it by itself.
 */
export function chooseRegion(
  given: Sourced<string> | undefined,
  partition: string,
  isDefaultProfiles = false,
): Region {
  if (given) {
    const child = { name: given.value, overwrite: given.from.layer === "command-line" };
    // The command gets a pseudo region as it is: its own tools ask for FIPS by it.
    return { sts: given.value.replace(FIPS, ""), from: given.from, ...(!isDefaultProfiles && { child }) };
  }
  const name = DEFAULT_REGIONS[partition];
  if (name) return { sts: name, from: new Origin("default", `default of partition ${partition}`) };
  throw new ArarError(`no region is known for partition ${quote(partition)}; set one with --region or AWS_REGION`);
}
