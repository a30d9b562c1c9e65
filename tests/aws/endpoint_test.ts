/** How the endpoint, its variants, retries and the CA bundle are read: environment, profile, default. */
import { assertEquals, assertThrows } from "@std/assert";
import { type Endpoint, isCleartext, readEndpoint } from "../../lib/aws/endpoint.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Env, Sourced } from "../../lib/sourced.ts";

const DEFAULT: Endpoint = {
  fips: false,
  dualstack: false,
  legacyGlobal: false,
  maxAttempts: 3,
  retryMode: "standard",
};

const own = (value: string): Sourced<string> => ({ value, from: "profile cicd" });

type OwnValues = Readonly<Record<string, Sourced<string>>>;

Deno.test("readEndpoint()", async (t) => {
  await t.step("has a default for everything", () => assertEquals(readEndpoint({}), DEFAULT));

  const rows: readonly (readonly [string, Env, OwnValues, Partial<Endpoint>])[] = [
    ["takes AWS_ENDPOINT_URL_STS", { AWS_ENDPOINT_URL_STS: "http://localhost:1" }, {}, {
      url: { value: "http://localhost:1", from: "AWS_ENDPOINT_URL_STS" },
    }],
    ["takes AWS_ENDPOINT_URL", { AWS_ENDPOINT_URL: "http://localhost:2" }, {}, {
      url: { value: "http://localhost:2", from: "AWS_ENDPOINT_URL" },
    }],
    [
      "prefers AWS_ENDPOINT_URL_STS to AWS_ENDPOINT_URL",
      { AWS_ENDPOINT_URL: "http://localhost:2", AWS_ENDPOINT_URL_STS: "http://localhost:1" },
      {},
      { url: { value: "http://localhost:1", from: "AWS_ENDPOINT_URL_STS" } },
    ],
    [
      "takes an empty URL for none",
      { AWS_ENDPOINT_URL: "http://localhost:2", AWS_ENDPOINT_URL_STS: "" },
      {},
      { url: { value: "http://localhost:2", from: "AWS_ENDPOINT_URL" } },
    ],
    ["takes the profile's URL", {}, { endpoint_url: own("http://localhost:3") }, { url: own("http://localhost:3") }],
    ["prefers AWS_ENDPOINT_URL to the profile's", { AWS_ENDPOINT_URL: "http://localhost:2" }, {
      endpoint_url: own("http://localhost:3"),
    }, { url: { value: "http://localhost:2", from: "AWS_ENDPOINT_URL" } }],
    [
      "ignores every URL by AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
      {
        AWS_ENDPOINT_URL: "http://localhost:2",
        AWS_ENDPOINT_URL_STS: "http://localhost:1",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      },
      { endpoint_url: own("http://localhost:3") },
      {},
    ],
    ["ignores every URL by the profile", { AWS_ENDPOINT_URL: "http://localhost:2" }, {
      ignore_configured_endpoint_urls: own("true"),
    }, {}],
    [
      "prefers AWS_IGNORE_CONFIGURED_ENDPOINT_URLS to the profile's",
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false" },
      { ignore_configured_endpoint_urls: own("true"), endpoint_url: own("http://localhost:3") },
      { url: own("http://localhost:3") },
    ],
    ["takes AWS_USE_FIPS_ENDPOINT", { AWS_USE_FIPS_ENDPOINT: "true" }, {}, { fips: true }],
    ["takes true in any case", { AWS_USE_FIPS_ENDPOINT: "True" }, {}, { fips: true }],
    ["prefers AWS_USE_FIPS_ENDPOINT to the profile's", { AWS_USE_FIPS_ENDPOINT: "false" }, {
      use_fips_endpoint: own("true"),
    }, {}],
    ["takes the profile's FIPS", {}, { use_fips_endpoint: own("true") }, { fips: true }],
    ["takes AWS_USE_DUALSTACK_ENDPOINT", { AWS_USE_DUALSTACK_ENDPOINT: "true" }, {}, { dualstack: true }],
    ["takes the profile's dual stack", {}, { use_dualstack_endpoint: own("true") }, { dualstack: true }],
    ["takes FIPS and dual stack together", { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" }, {}, {
      fips: true,
      dualstack: true,
    }],
    [
      "takes FIPS beside a URL that is ignored",
      {
        AWS_USE_FIPS_ENDPOINT: "true",
        AWS_ENDPOINT_URL: "http://localhost:2",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      },
      {},
      { fips: true },
    ],
    ["takes AWS_STS_REGIONAL_ENDPOINTS=legacy", { AWS_STS_REGIONAL_ENDPOINTS: "legacy" }, {}, { legacyGlobal: true }],
    ["prefers AWS_STS_REGIONAL_ENDPOINTS to the profile's", { AWS_STS_REGIONAL_ENDPOINTS: "regional" }, {
      sts_regional_endpoints: own("legacy"),
    }, {}],
    ["takes the profile's legacy endpoint", {}, { sts_regional_endpoints: own("legacy") }, { legacyGlobal: true }],
    ["takes AWS_CA_BUNDLE", { AWS_CA_BUNDLE: "/ca.pem" }, { ca_bundle: own("/own.pem") }, {
      caBundle: { value: "/ca.pem", from: "AWS_CA_BUNDLE" },
    }],
    ["takes the profile's CA bundle", {}, { ca_bundle: own("/own.pem") }, { caBundle: own("/own.pem") }],
    ["takes AWS_MAX_ATTEMPTS", { AWS_MAX_ATTEMPTS: "1" }, { max_attempts: own("5") }, { maxAttempts: 1 }],
    ["takes the profile's attempts", {}, { max_attempts: own("99") }, { maxAttempts: 99 }],
    ["takes AWS_RETRY_MODE", { AWS_RETRY_MODE: "adaptive" }, { retry_mode: own("standard") }, {
      retryMode: "adaptive",
    }],
    ["takes the profile's retry mode", {}, { retry_mode: own("adaptive") }, { retryMode: "adaptive" }],
    ["takes botocore's mode, legacy, for standard", { AWS_RETRY_MODE: "legacy" }, {}, {}],
  ];
  for (const [what, env, profile, expected] of rows) {
    await t.step(
      what,
      () => assertEquals(readEndpoint(env, new Map(Object.entries(profile))), { ...DEFAULT, ...expected }),
    );
  }

  const url = "expected an endpoint such as https://sts.eu-west-1.amazonaws.com";
  const refused: readonly (readonly [string, Env, string])[] = [
    ["what is no URL", { AWS_ENDPOINT_URL: "localhost" }, `AWS_ENDPOINT_URL is "localhost"; ${url}`],
    ["a URL of another kind", { AWS_ENDPOINT_URL: "ftp://x" }, `AWS_ENDPOINT_URL is "ftp://x"; ${url}`],
    ["a host and port alone", { AWS_ENDPOINT_URL: "localhost:80" }, `AWS_ENDPOINT_URL is "localhost:80"; ${url}`],
    [
      "a URL with a password, without showing it",
      { AWS_ENDPOINT_URL_STS: "https://me:hunter2@sts.example" },
      `AWS_ENDPOINT_URL_STS is a URL with a user name or password; ${url}`,
    ],
    [
      "a URL beside FIPS",
      { AWS_ENDPOINT_URL: "http://localhost:2", AWS_USE_FIPS_ENDPOINT: "true" },
      "AWS_ENDPOINT_URL cannot be used together with the FIPS endpoint; unset one of the two",
    ],
    [
      "a URL beside dual stack",
      { AWS_ENDPOINT_URL: "http://localhost:2", AWS_USE_DUALSTACK_ENDPOINT: "true" },
      "AWS_ENDPOINT_URL cannot be used together with the dual-stack endpoint; unset one of the two",
    ],
    ["another boolean", { AWS_USE_FIPS_ENDPOINT: "1" }, 'AWS_USE_FIPS_ENDPOINT is "1"; expected true or false'],
    [
      "another choice",
      { AWS_STS_REGIONAL_ENDPOINTS: "global" },
      'AWS_STS_REGIONAL_ENDPOINTS is "global"; expected regional or legacy',
    ],
    [
      "another retry mode",
      { AWS_RETRY_MODE: "fast" },
      'AWS_RETRY_MODE is "fast"; expected standard or adaptive or legacy',
    ],
    ...["0", "100", "-1", "1.5", "many", "03"].map((value) =>
      [
        `${value} attempts`,
        { AWS_MAX_ATTEMPTS: value },
        `AWS_MAX_ATTEMPTS is "${value}"; expected a number of attempts, 1 to 99`,
      ] as const
    ),
  ];
  for (const [what, env, message] of refused) {
    await t.step(
      `refuses ${what}`,
      () => assertEquals(assertThrows(() => readEndpoint(env), ArarError).message, message),
    );
  }
});

Deno.test("isCleartext()", async (t) => {
  const rows = [
    ["https://sts.example", false],
    ["http://sts.example", true],
    ["http://localhost:8080", false],
    ["http://LOCALHOST", false],
    ["http://127.0.0.1:5000", false],
    ["http://127.1.2.3", false],
    ["http://127.1", false],
    ["http://[::1]:80/", false],
    ["http://[::2]", true],
    ["http://localhost.example", true],
    ["http://127.0.0.1.example", true],
    ["http://192.168.0.1", true],
    ["http://0.0.0.0", true],
  ] as const;
  for (const [url, expected] of rows) {
    await t.step(`says ${expected} of ${url}`, () => assertEquals(isCleartext(url), expected));
  }
});
