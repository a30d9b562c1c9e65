/**
 * How arar reaches STS: endpoint URLs, TLS, proxies, redirects.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { always, makeCertificates, startSts } from "../sts_server.ts";
import { profileFiles } from "../profile/profiles.ts";
import { type EnvChange, failure, job, QUIET, SHOW, show, skipUnless } from "./job.ts";
import { startProxy } from "./proxy.ts";

const certificates = await makeCertificates();
const withoutOpenssl = skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with");

/** Nothing leaves this machine: there is no such proxy. */
const NOWHERE = { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1", AWS_MAX_ATTEMPTS: "1" };

Deno.test("AWS_ENDPOINT_URL", async (t) => {
  await t.step("is overridden by AWS_ENDPOINT_URL_STS; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS disables both", async () => {
    await using sts = await startSts();
    await using other = await startSts();
    const asked = () => [sts.requests.length, other.requests.length];
    assertEquals((await job(sts, QUIET, { AWS_ENDPOINT_URL_STS: undefined, AWS_ENDPOINT_URL: other.url })).code, 0);
    assertEquals(asked(), [0, 1]);
    assertEquals((await job(sts, QUIET, { AWS_ENDPOINT_URL: other.url })).code, 0);
    assertEquals(asked(), [1, 1]);
    const ignored = await job(sts, SHOW, { ...NOWHERE, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" });
    assertStringIncludes(failure(ignored)[0] ?? "", "no answer from the proxy 127.0.0.1:1 (HTTPS_PROXY): ");
    assertEquals(asked(), [1, 1]);
  });

  await t.step("must be a URL without a password", async () => {
    await using sts = await startSts();
    const secret = "http://user:hunter2hunter2@127.0.0.1:1/";
    const rows = [["ftp://localhost/", 'is "ftp://localhost/"; expected an endpoint'], [
      secret,
      "is a URL with a user",
    ]];
    for (const [AWS_ENDPOINT_URL_STS = "", message = ""] of rows) {
      const [first = ""] = failure(await job(sts, SHOW, { AWS_ENDPOINT_URL_STS }));
      assertStringIncludes(first, `AWS_ENDPOINT_URL_STS ${message}`);
      assertEquals(first.includes("hunter2"), false);
    }
  });

  await t.step("causes a warning if it is http, unless it is a loopback address", async () => {
    await using sts = await startSts();
    const { stderr } = await job(sts, SHOW, { ...NOWHERE, AWS_ENDPOINT_URL_STS: "http://sts.example.com" });
    const [warning] = stderr.split("\n");
    const risk = "requests to http://sts.example.com are not encrypted: anyone on the network path can read them";
    assertEquals(warning, `arar: warning: ${risk}`);
    assertStringIncludes(stderr, "no answer from the proxy 127.0.0.1:1 (HTTP_PROXY): ");
    const here = { AWS_ENDPOINT_URL_STS: sts.url.replace("127.0.0.1", "localhost") };
    assertEquals((await job(sts, QUIET, here)).stderr, "");
  });
});

Deno.test("the host of STS", async (t) => {
  await using proxy = startProxy("refusing");
  await using sts = await startSts();
  const settings = "use_fips_endpoint = true\nuse_dualstack_endpoint = true\nregion = us-west-2\n";
  using files = profileFiles(`[profile p]\ncredential_source = Environment\n${settings}`);
  // tests/aws/sts_test.ts compares every region and variant with botocore.
  const rows: readonly (readonly [host: string, partition: string, profile: string, EnvChange])[] = [
    ["sts.us-east-1.amazonaws.com", "aws", "", {}],
    ["sts.cn-northwest-1.amazonaws.com.cn", "aws-cn", "", { AWS_REGION: "cn-northwest-1" }],
    ["sts.cn-north-1.api.amazonwebservices.com.cn", "aws-cn", "", { AWS_USE_DUALSTACK_ENDPOINT: "true" }],
    ["sts.amazonaws.com", "aws", "", { AWS_REGION: "eu-west-1", AWS_STS_REGIONAL_ENDPOINTS: "legacy" }],
    ["sts-fips.us-west-2.api.aws", "aws", "p", {}],
    ["sts.eu-west-1.api.aws", "aws", "p", { AWS_USE_FIPS_ENDPOINT: "false", AWS_REGION: "eu-west-1" }],
  ];
  for (const [host, partition, profile, change] of rows) {
    await t.step(`is ${host}`, async () => {
      const words = [...profile && ["--profile", profile], "--role-arn", `arn:${partition}:iam::123456789012:role/x`];
      const before = proxy.targets.length;
      const none = { AWS_ENDPOINT_URL_STS: undefined, AWS_DEFAULT_REGION: undefined };
      failure(
        await job(sts, words, { ...NOWHERE, HTTPS_PROXY: `http://${proxy.host}`, ...none, ...files.env, ...change }),
      );
      assertEquals(proxy.targets.slice(before), [`${host}:443`]);
    });
  }

  await t.step("is not chosen if both a URL and a kind of endpoint are set", async () => {
    assertEquals(failure(await job(sts, SHOW, { AWS_USE_FIPS_ENDPOINT: "true" })), [
      "AWS_ENDPOINT_URL_STS cannot be used together with the FIPS endpoint; unset one of the two",
    ]);
  });
});

Deno.test("a redirect", async (t) => {
  await t.step("is never followed", async () => {
    await using other = await startSts();
    await using sts = await startSts();
    for (const status of [301, 307] as const) {
      sts.setFaults(always({ kind: "redirect", status, location: `${other.url}/` }));
      const [message, hint] = failure(await job(sts, SHOW));
      assertStringIncludes(message ?? "", `it answered with a redirect (HTTP ${status}), which is not followed`);
      assertEquals(
        hint,
        "hint: check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and any proxy or load balancer on the way to AWS",
      );
    }
    assertEquals([sts.requests.length, other.requests.length], [2, 0]);
  });
});

Deno.test({
  name: "over TLS",
  ignore: withoutOpenssl,
  fn: async (t) => {
    await using made = certificates;
    if (!made) return;
    const { caFile } = made;
    const trusted = { AWS_CA_BUNDLE: caFile, AWS_MAX_ATTEMPTS: "1" };
    await using sts = await startSts({ tls: made.valid });
    const target = `127.0.0.1:${sts.port}`;

    await t.step("AWS_CA_BUNDLE adds a certificate authority, and is named if it has none", async () => {
      const { code, stderr } = await job(sts, QUIET, trusted);
      assertEquals([code, stderr], [0, ""]);
      const broken = `${caFile}.broken`;
      await Deno.writeTextFile(broken, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n");
      const rows = [
        [`${caFile}.not-there`, "which does not exist"],
        [fileURLToPath(new URL("proxy.ts", import.meta.url)), "which contains no certificate in PEM format"],
        [broken, "in which certificate 1 of 1 is invalid"],
      ] as const;
      for (const [path, reason] of rows) {
        const lines = failure(await job(sts, SHOW, { AWS_CA_BUNDLE: path }));
        assertEquals(lines, [`AWS_CA_BUNDLE is ${JSON.stringify(path)}, ${reason}`]);
      }
    });

    await t.step("HTTPS_PROXY is used, except for hosts in NO_PROXY", async () => {
      await using proxy = startProxy("working");
      const through = { ...trusted, HTTPS_PROXY: `http://${proxy.host}` };
      const { code, stderr } = await job(sts, QUIET, through);
      assertEquals([code, stderr, [...proxy.targets]], [0, "", [target]]);
      assertEquals((await job(sts, QUIET, { ...through, NO_PROXY: "127.0.0.1" })).code, 0);
      assertEquals(proxy.targets.length, 1);
    });

    await t.step("a proxy may require a password, which no message shows, refuse, or not answer", async () => {
      await using closed = startProxy({ password: "robot:hunter2hunter2" });
      await using refusing = startProxy("refusing");
      const right = { ...trusted, HTTPS_PROXY: `http://robot:hunter2hunter2@${closed.host}` };
      assertEquals((await job(sts, QUIET, right)).code, 0);
      const refused = (host: string) => `the proxy ${host} (HTTPS_PROXY) refused the connection to ${target}:`;
      const rows: readonly (readonly [EnvChange, string])[] = [
        [{ HTTPS_PROXY: `http://robot:wrongwrong@${closed.host}` }, `${refused(closed.host)} proxy authentication`],
        [{ HTTPS_PROXY: `http://${closed.host}` }, `${refused(closed.host)} proxy authentication required`],
        [{ HTTPS_PROXY: `http://${refusing.host}` }, `${refused(refusing.host)} no tunnel to the host`],
        [{ ALL_PROXY: "http://127.0.0.1:1" }, "no answer from the proxy 127.0.0.1:1 (ALL_PROXY): connection refused"],
      ];
      for (const [change, message] of rows) {
        const lines = failure(await job(sts, SHOW, { ...trusted, ...change }));
        assertStringIncludes(lines[0] ?? "", message);
        assertEquals(lines.join().includes("wrongwrong"), false);
      }
    });
  },
});

Deno.test("a proxy", async (t) => {
  await using sts = await startSts();
  await t.step("that cannot be parsed is an error, and is not bypassed", async () => {
    const env = { AWS_ENDPOINT_URL_STS: sts.url.replace("http:", "https:") };
    assertEquals(failure(await job(sts, SHOW, { ...env, HTTPS_PROXY: "http://robot@127.0.0.1:3128" })), [
      "HTTPS_PROXY is not a proxy URL; expected one such as http://proxy.example:3128",
    ]);
  });

  await t.step("is not used for loopback addresses", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const url = { AWS_ENDPOINT_URL_STS: sts.url.replace("127.0.0.1", host) };
      const { env } = await show(sts, [], { ...NOWHERE, ...url, NO_PROXY: "x.example" });
      assertEquals(env.NO_PROXY, "x.example");
    }
  });
});
