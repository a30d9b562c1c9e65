/** How the endpoint, its variants, retries and the CA bundle are read from environment and profile. */
import { assertEquals } from "@std/assert";
import {
  chooseRegion,
  type Endpoint,
  readEndpoint,
  type Service,
  serviceUrl,
  type SignInService,
} from "../../lib/aws/endpoint.ts";
import { type Env, Origin } from "../../lib/sourced.ts";
import { origin } from "../origin.ts";
import { refusal } from "../profile/profiles.ts";

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

  await t.step("reads each service's own URL before that of all", () => {
    const profile = new Map([["sso.endpoint_url", own(THREE)], ["endpoint_url", own(TWO)]]);
    const urlOf = (service: Service, env: Env = {}) => readEndpoint(env, profile, { service }).url?.value;
    assertEquals([urlOf("sso"), urlOf("sts"), urlOf("sso_oidc")], [THREE, TWO, TWO]);
    assertEquals(urlOf("sso_oidc", { AWS_ENDPOINT_URL_SSO_OIDC: ONE, AWS_ENDPOINT_URL: TWO }), ONE);
    assertEquals(urlOf("sso", { AWS_ENDPOINT_URL_STS: ONE }), THREE);
    assertEquals(urlOf("sso", { AWS_ENDPOINT_URL: ONE }), ONE);
  });

  await t.step("asks for FIPS by a pseudo region, which a URL excludes", () => {
    const region = { value: "us-east-1-fips", from: origin("AWS_REGION") };
    assertEquals(readEndpoint({}, new Map(), { region }).fips, true);
    assertEquals(
      refusal(() => readEndpoint({ AWS_ENDPOINT_URL: TWO }, new Map(), { region })),
      'AWS_ENDPOINT_URL cannot be used together with the FIPS endpoint that AWS_REGION "us-east-1-fips" stands for; ' +
        "unset one of the two",
    );
  });

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

// Each as botocore builds it from its rules.
Deno.test("serviceUrl()", async (t) => {
  const rows: readonly (readonly [SignInService, region: string, more: Partial<Endpoint>, host: string])[] = [
    ["sso", "eu-west-1", {}, "portal.sso.eu-west-1.amazonaws.com"],
    ["sso", "eu-west-1", { fips: true }, "portal.sso-fips.eu-west-1.amazonaws.com"],
    ["sso", "eu-west-1", { dualstack: true }, "portal.sso.eu-west-1.api.aws"],
    ["sso", "us-gov-west-1", { fips: true }, "portal.sso.us-gov-west-1.amazonaws.com"],
    ["sso", "us-gov-west-1", { fips: true, dualstack: true }, "portal.sso-fips.us-gov-west-1.api.aws"],
    ["sso_oidc", "cn-north-1", {}, "oidc.cn-north-1.amazonaws.com.cn"],
    ["sso_oidc", "eusc-de-east-1", { dualstack: true }, "oidc.eusc-de-east-1.api.amazonwebservices.eu"],
    ["sso_oidc", "us-isob-east-1", {}, "oidc.us-isob-east-1.sc2s.sgov.gov"],
    ["signin", "eu-west-1", {}, "eu-west-1.signin.aws.amazon.com"],
    ["signin", "cn-north-1", {}, "cn-north-1.signin.amazonaws.cn"],
    ["signin", "us-gov-west-1", {}, "us-gov-west-1.signin.amazonaws-us-gov.com"],
    ["signin", "us-gov-west-1", { fips: true }, "signin-fips.us-gov-west-1.amazonaws.com"],
    ["signin", "eusc-de-east-1", {}, "signin.eusc-de-east-1.amazonaws.eu"],
  ];
  for (const [service, region, more, host] of rows) {
    await t.step(host, () => {
      const { value, from } = serviceUrl(service, region, { ...DEFAULT, ...more });
      assertEquals([value.href, `${from}`], [`https://${host}/`, "the region's"]);
    });
  }

  await t.step("is the given URL, wherever the region is", () => {
    const { value, from } = serviceUrl("sso", "?", { ...DEFAULT, url: own("http://localhost:1/path") });
    assertEquals([value.href, from], ["http://localhost:1/path", origin("profile cicd")]);
  });

  await t.step("does not take anything else for a region", () => {
    assertEquals(refusal(() => serviceUrl("sso", "evil.example/#", DEFAULT)), '"evil.example/#" is not a region');
  });
});

Deno.test("chooseRegion()", async (t) => {
  const typed = { value: "eu-north-1", from: origin("--region") };
  const exported = { value: "moon-1", from: origin("AWS_REGION") };

  await t.step("replaces the command's region with one from the command line", () => {
    const expected = { sts: "eu-north-1", from: origin("--region"), child: { name: "eu-north-1", overwrite: true } };
    assertEquals(chooseRegion(typed, "aws"), expected);
  });

  await t.step("only fills in any other, even in an unknown partition", () => {
    const expected = { sts: "moon-1", from: origin("AWS_REGION"), child: { name: "moon-1", overwrite: false } };
    assertEquals(chooseRegion(exported, "aws-moon"), expected);
  });

  await t.step("gives the command none that it finds by itself, and no default", () => {
    assertEquals(chooseRegion(exported, "aws", true), { sts: "moon-1", from: origin("AWS_REGION") });
    assertEquals(chooseRegion(undefined, "aws"), {
      sts: "us-east-1",
      from: new Origin("default", "default of partition aws"),
    });
  });

  await t.step("calls the region that a pseudo region stands for, which the command gets as it is", () => {
    for (const value of ["us-east-1-fips", "fips-us-east-1"]) {
      const { sts, child } = chooseRegion({ value, from: origin("AWS_REGION") }, "aws");
      assertEquals([sts, child?.name], ["us-east-1", value]);
    }
  });

  await t.step("requires a region in an unknown partition", () => {
    assertEquals(
      refusal(() => chooseRegion(undefined, "aws-moon")),
      'no region is known for partition "aws-moon"; set one with --region or AWS_REGION',
    );
  });
});
