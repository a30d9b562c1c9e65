/** How the endpoint, its variants, retries and the CA bundle are read from environment and profile. */
import { assertEquals } from "@std/assert";
import { type Endpoint, readEndpoint } from "../../lib/aws/endpoint.ts";
import type { Env } from "../../lib/sourced.ts";
import { refusal } from "../profile/profiles.ts";
import { origin } from "../origin.ts";

const DEFAULT: Endpoint = {
  fips: false,
  dualstack: false,
  legacyGlobal: false,
  maxAttempts: 3,
  retryMode: "standard",
};

const own = (value: string) => ({ value, from: origin("profile cicd") });

Deno.test("readEndpoint()", async (t) => {
  const [ONE, TWO, THREE] = ["http://localhost:1", "http://localhost:2", "http://localhost:3"];
  const sts = { url: { value: ONE, from: origin("AWS_ENDPOINT_URL_STS") } };
  const all = { url: { value: TWO, from: origin("AWS_ENDPOINT_URL") } };
  const rows: readonly (readonly [what: string, env: Env, profile: Env, expected: Partial<Endpoint>])[] = [
    ["has a default for everything", {}, {}, {}],
    ["reads AWS_ENDPOINT_URL_STS", { AWS_ENDPOINT_URL_STS: ONE }, {}, sts],
    ["prefers AWS_ENDPOINT_URL_STS", { AWS_ENDPOINT_URL: TWO, AWS_ENDPOINT_URL_STS: ONE }, {}, sts],
    ["ignores an empty URL", { AWS_ENDPOINT_URL: TWO, AWS_ENDPOINT_URL_STS: "" }, {}, all],
    ["reads the profile's URL", {}, { endpoint_url: THREE }, { url: own(THREE) }],
    ["prefers AWS_ENDPOINT_URL to the profile's", { AWS_ENDPOINT_URL: TWO }, { endpoint_url: THREE }, all],
    [
      "ignores every URL with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
      { AWS_ENDPOINT_URL: TWO, AWS_ENDPOINT_URL_STS: ONE, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      { endpoint_url: THREE },
      {},
    ],
    ["ignores every URL by the profile", { AWS_ENDPOINT_URL: TWO }, { ignore_configured_endpoint_urls: "true" }, {}],
    [
      "prefers AWS_IGNORE_CONFIGURED_ENDPOINT_URLS to the profile's",
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false" },
      { ignore_configured_endpoint_urls: "true", endpoint_url: THREE },
      { url: own(THREE) },
    ],
    ["reads AWS_USE_FIPS_ENDPOINT in any case", { AWS_USE_FIPS_ENDPOINT: "True" }, {}, { fips: true }],
    ["prefers AWS_USE_FIPS_ENDPOINT", { AWS_USE_FIPS_ENDPOINT: "false" }, { use_fips_endpoint: "true" }, {}],
    ["reads the profile's FIPS", {}, { use_fips_endpoint: "true" }, { fips: true }],
    ["reads AWS_USE_DUALSTACK_ENDPOINT", { AWS_USE_DUALSTACK_ENDPOINT: "true" }, {}, { dualstack: true }],
    ["reads the profile's dual stack", {}, { use_dualstack_endpoint: "true" }, { dualstack: true }],
    [
      "accepts FIPS together with dual stack",
      { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" },
      {},
      {
        fips: true,
        dualstack: true,
      },
    ],
    [
      "accepts FIPS together with an ignored URL",
      { AWS_USE_FIPS_ENDPOINT: "true", AWS_ENDPOINT_URL: TWO, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      {},
      { fips: true },
    ],
    ["reads AWS_STS_REGIONAL_ENDPOINTS", { AWS_STS_REGIONAL_ENDPOINTS: "legacy" }, {}, { legacyGlobal: true }],
    ["prefers AWS_STS_REGIONAL_ENDPOINTS", { AWS_STS_REGIONAL_ENDPOINTS: "regional" }, {
      sts_regional_endpoints: "legacy",
    }, {}],
    ["reads the profile's legacy endpoint", {}, { sts_regional_endpoints: "legacy" }, { legacyGlobal: true }],
    ["reads AWS_CA_BUNDLE", { AWS_CA_BUNDLE: "/ca.pem" }, { ca_bundle: "/own.pem" }, {
      caBundle: { value: "/ca.pem", from: origin("AWS_CA_BUNDLE") },
    }],
    ["reads the profile's CA bundle", {}, { ca_bundle: "/own.pem" }, { caBundle: own("/own.pem") }],
    ["reads AWS_MAX_ATTEMPTS", { AWS_MAX_ATTEMPTS: "1" }, { max_attempts: "5" }, { maxAttempts: 1 }],
    ["reads the profile's attempts", {}, { max_attempts: "99" }, { maxAttempts: 99 }],
    ["reads AWS_RETRY_MODE", { AWS_RETRY_MODE: "adaptive" }, { retry_mode: "standard" }, { retryMode: "adaptive" }],
    ["reads the profile's retry mode", {}, { retry_mode: "adaptive" }, { retryMode: "adaptive" }],
    ['reads botocore\'s mode "legacy" as standard', { AWS_RETRY_MODE: "legacy" }, {}, {}],
  ];
  for (const [what, env, profile, expected] of rows) {
    await t.step(what, () => {
      const values = Object.entries(profile).map(([key, value]) => [key, own(value)] as const);
      assertEquals(readEndpoint(env, new Map(values)), { ...DEFAULT, ...expected });
    });
  }

  const url = "expected an endpoint such as https://sts.eu-west-1.amazonaws.com";
  const together = (variant: string) =>
    `AWS_ENDPOINT_URL cannot be used together with the ${variant} endpoint; unset one of the two`;
  const refused: readonly (readonly [Env, string])[] = [
    [{ AWS_ENDPOINT_URL: "localhost" }, `AWS_ENDPOINT_URL is "localhost"; ${url}`],
    [{ AWS_ENDPOINT_URL: "ftp://x" }, `AWS_ENDPOINT_URL is "ftp://x"; ${url}`],
    [{ AWS_ENDPOINT_URL: "localhost:80" }, `AWS_ENDPOINT_URL is "localhost:80"; ${url}`],
    [
      { AWS_ENDPOINT_URL_STS: "https://me:hunter2@sts.example" },
      `AWS_ENDPOINT_URL_STS is a URL with a user name or password; ${url}`,
    ],
    [{ AWS_ENDPOINT_URL: TWO, AWS_USE_FIPS_ENDPOINT: "true" }, together("FIPS")],
    [{ AWS_ENDPOINT_URL: TWO, AWS_USE_DUALSTACK_ENDPOINT: "true" }, together("dual-stack")],
    [{ AWS_USE_FIPS_ENDPOINT: "1" }, 'AWS_USE_FIPS_ENDPOINT is "1"; expected true or false'],
    [
      { AWS_STS_REGIONAL_ENDPOINTS: "global" },
      'AWS_STS_REGIONAL_ENDPOINTS is "global"; expected regional or legacy',
    ],
    [{ AWS_RETRY_MODE: "fast" }, 'AWS_RETRY_MODE is "fast"; expected standard or adaptive or legacy'],
    ...["0", "100", "-1", "1.5", "many", "03"].map((value) =>
      [
        { AWS_MAX_ATTEMPTS: value },
        `AWS_MAX_ATTEMPTS is "${value}"; expected a number of attempts, 1 to 99`,
      ] as const
    ),
  ];
  for (const [env, message] of refused) {
    await t.step(message, () => assertEquals(refusal(() => readEndpoint(env)), message));
  }
});
