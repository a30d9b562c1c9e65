import { assertArrayIncludes, assertEquals, assertFalse } from "@std/assert";
import { REMOVED, SECRET_NAMES, SET, SET_BY_REFRESH } from "../lib/variables.ts";

Deno.test("REMOVED", async (t) => {
  // Each takes precedence over the keys in some SDK or tool, leads to other credentials, or belongs to this run only.
  const names = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCOUNT_ID",
    "AWS_CREDENTIAL_SCOPE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AMAZON_ACCESS_KEY_ID",
    "AMAZON_SECRET_ACCESS_KEY",
    "AMAZON_SESSION_TOKEN",
    "EC2_ACCESS_KEY",
    "EC2_SECRET_KEY",
    "EC2_SECURITY_TOKEN",
    "AWSACCESSKEYID",
    "AWSSECRETACCESSKEY",
    "AWSSESSIONTOKEN",
    "AWS_CREDENTIAL_FILE",
    "AWS_SDK_LOAD_CONFIG",
    "ARAR_ASKED_PROFILES",
  ];
  await t.step("has exactly these names", () => assertEquals(REMOVED.map(({ name }) => name), names));

  await t.step("gives a reason for every name", () => {
    assertEquals(REMOVED.filter(({ reason }) => reason.trim().length < 5), []);
  });

  await t.step("has no name that is set", () => {
    assertEquals(REMOVED.filter(({ name }) => SET.some((set) => set === name)), []);
  });

  // Settings rather than credentials: the command needs them as the caller set them.
  const kept = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
    "AWS_PAGER",
    "AWS_DEFAULT_OUTPUT",
    "AWS_EXECUTION_ENV",
  ];
  for (const name of kept) {
    await t.step(`keeps ${name}`, () => assertFalse(REMOVED.some((removed) => removed.name === name)));
  }
});

Deno.test("SECRET_NAMES", async (t) => {
  await t.step("has the secrets of all variables, set or removed", () => {
    const names = [
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "AMAZON_SECRET_ACCESS_KEY",
      "EC2_SECRET_KEY",
      "AWSSESSIONTOKEN",
    ];
    assertArrayIncludes(SECRET_NAMES, names);
  });

  await t.step("has no access key ID, which may be shown in part", () => {
    assertEquals(SECRET_NAMES.filter((name) => /ACCESS_KEY(_ID)?$/.test(name) && !name.includes("SECRET")), []);
  });
});

Deno.test("SET_BY_REFRESH", async (t) => {
  await t.step("is removed if it is not set", () => {
    assertEquals(SET_BY_REFRESH.filter((name) => !REMOVED.some((removed) => removed.name === name)), []);
  });
});
