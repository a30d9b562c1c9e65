/**
 * The host of STS for every partition and kind of endpoint. Nothing leaves this machine: a proxy records the host and
 * refuses.
 */
import { assertEquals } from "@std/assert";
import { arar } from "../arar.ts";
import { profileFiles } from "../profile/profiles.ts";
import { ALICE, callerEnv } from "../sts_server.ts";
import { failure } from "./job.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import type { Env } from "./signers.ts";

const role = (partition: string) => ["--role-arn", `arn:${partition}:iam::123456789012:role/deploy`];

async function askedOf(proxy: Proxy, words: readonly string[], env: Env): Promise<string> {
  const before = proxy.targets.length;
  const behind = { HTTPS_PROXY: `http://${proxy.host}`, AWS_MAX_ATTEMPTS: "1" };
  const [message = ""] = failure(await arar(words, { env: { ...callerEnv(ALICE), ...behind, ...env } }));
  return proxy.targets.slice(before).at(-1)?.replace(/:443$/, "") ?? message;
}

Deno.test("STS is at", async (t) => {
  await using proxy = startProxy("refusing");
  const hostAsked = (words: readonly string[], env: Env) => askedOf(proxy, words, env);
  // https://github.com/boto/botocore/blob/develop/botocore/data/sts/2011-06-15/endpoint-rule-set-1.json and partitions.json
  const rows: readonly (readonly [host: string, partition: string, env: Env])[] = [
    ["sts.us-east-1.amazonaws.com", "aws", {}],
    ["sts.cn-north-1.amazonaws.com.cn", "aws-cn", {}],
    ["sts.us-gov-west-1.amazonaws.com", "aws-us-gov", {}],
    ["sts.eusc-de-east-1.amazonaws.eu", "aws-eusc", {}],
    ["sts.us-iso-east-1.c2s.ic.gov", "aws-iso", {}],
    ["sts.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b", {}],
    ["sts.eu-isoe-west-1.cloud.adc-e.uk", "aws-iso-e", {}],
    ["sts.us-isof-south-1.csp.hci.ic.gov", "aws-iso-f", {}],
    ["sts.eu-west-3.amazonaws.com", "aws", { AWS_DEFAULT_REGION: "eu-west-3" }],
    ["sts.cn-northwest-1.amazonaws.com.cn", "aws-cn", { AWS_REGION: "cn-northwest-1" }],
    ["sts-fips.us-east-2.amazonaws.com", "aws", { AWS_REGION: "us-east-2", AWS_USE_FIPS_ENDPOINT: "true" }],
    ["sts.us-gov-east-1.amazonaws.com", "aws-us-gov", { AWS_REGION: "us-gov-east-1", AWS_USE_FIPS_ENDPOINT: "true" }],
    ["sts.eu-west-3.api.aws", "aws", { AWS_REGION: "eu-west-3", AWS_USE_DUALSTACK_ENDPOINT: "true" }],
    ["sts.cn-north-1.api.amazonwebservices.com.cn", "aws-cn", { AWS_USE_DUALSTACK_ENDPOINT: "true" }],
    ["sts-fips.us-east-1.api.aws", "aws", { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" }],
    ["sts.amazonaws.com", "aws", { AWS_REGION: "eu-west-1", AWS_STS_REGIONAL_ENDPOINTS: "legacy" }],
    ["sts.eu-south-1.amazonaws.com", "aws", { AWS_REGION: "eu-south-1", AWS_STS_REGIONAL_ENDPOINTS: "legacy" }],
    ["sts.eu-west-1.amazonaws.com", "aws", { AWS_REGION: "eu-west-1", AWS_STS_REGIONAL_ENDPOINTS: "regional" }],
    [
      "sts.eu-west-1.amazonaws.com",
      "aws",
      { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
    ],
  ];
  for (const [host, partition, env] of rows) {
    await t.step(
      `${host} for ${partition} ${Object.entries(env).map(([name, value]) => `${name}=${value}`).join(" ")}`,
      async () => {
        assertEquals(await hostAsked(role(partition), env), host);
      },
    );
  }

  await t.step("the endpoint that a profile selects, unless the environment does", async () => {
    const settings = "use_fips_endpoint = true\nuse_dualstack_endpoint = true\nregion = us-west-2\n";
    using files = profileFiles(`[profile p]\ncredential_source = Environment\n${settings}`);
    const words = ["--profile=p", ...role("aws")];
    assertEquals(await hostAsked(words, files.env), "sts-fips.us-west-2.api.aws");
    const over = { ...files.env, AWS_USE_FIPS_ENDPOINT: "false", AWS_REGION: "eu-west-1" };
    assertEquals(await hostAsked(words, over), "sts.eu-west-1.api.aws");
  });

  await t.step("no host of AWS if both a URL and a kind of endpoint are set", async () => {
    const env = { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1", AWS_USE_FIPS_ENDPOINT: "true" };
    assertEquals(
      await hostAsked(role("aws"), env),
      "AWS_ENDPOINT_URL_STS cannot be used together with the FIPS endpoint; unset one of the two",
    );
  });
});
