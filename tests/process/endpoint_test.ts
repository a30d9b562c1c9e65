/**
 * How arar reaches STS: endpoint URLs, TLS, proxies, redirects.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { always, makeCertificates, startSts } from "../sts_server.ts";
import { failure, job, QUIET, SHOW, skipUnless } from "./job.ts";
import { type ProxyMood, startProxy } from "./proxy.ts";

const certificates = await makeCertificates();
const withoutOpenssl = skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with");

Deno.test("AWS_ENDPOINT_URL", async (t) => {
  await t.step(
    "is overridden by AWS_ENDPOINT_URL_STS, and AWS_IGNORE_CONFIGURED_ENDPOINT_URLS disables both",
    async () => {
      await using sts = await startSts();
      await using other = await startSts();
      const general = await job(sts, QUIET, { AWS_ENDPOINT_URL_STS: undefined, AWS_ENDPOINT_URL: other.url });
      assertEquals([general.code, other.requests.length], [0, 1]);
      const both = await job(sts, QUIET, { AWS_ENDPOINT_URL: other.url });
      assertEquals([both.code, sts.requests.length, other.requests.length], [0, 1, 1]);
      const ignored = await job(sts, SHOW, {
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
        HTTPS_PROXY: "http://127.0.0.1:1",
        AWS_MAX_ATTEMPTS: "1",
      });
      assertStringIncludes(failure(ignored)[0] ?? "", "no answer from the proxy 127.0.0.1:1 (HTTPS_PROXY): ");
      assertEquals([sts.requests.length, other.requests.length], [1, 1]);
    },
  );

  await t.step("must be a URL without a password", async () => {
    await using sts = await startSts();
    for (const url of ["localhost:4566", "ftp://localhost/", "not a url"]) {
      assertEquals(failure(await job(sts, SHOW, { AWS_ENDPOINT_URL_STS: url })), [
        `AWS_ENDPOINT_URL_STS is "${url}"; expected an endpoint such as https://sts.eu-west-1.amazonaws.com`,
      ]);
    }
    const secret = "http://user:hunter2hunter2@127.0.0.1:1/";
    const [message = ""] = failure(await job(sts, SHOW, { AWS_ENDPOINT_URL_STS: secret }));
    assertMatch(message, /^AWS_ENDPOINT_URL_STS is a URL with a user name or password; /);
  });

  await t.step("causes a warning if it is http, unless it is a loopback address", async () => {
    await using sts = await startSts();
    // Nothing leaves this machine: the proxy does not exist.
    const proxy = { HTTP_PROXY: "http://127.0.0.1:1", AWS_MAX_ATTEMPTS: "1" };
    const result = await job(sts, SHOW, {
      ...proxy,
      AWS_ENDPOINT_URL_STS: "http://sts.example.com",
    });
    const [warning, message] = result.stderr.split("\n");
    assertEquals(
      warning,
      "arar: warning: requests to http://sts.example.com are not encrypted: anyone on the network path can read them",
    );
    assertMatch(
      message ?? "",
      /^arar: cannot assume role .*: no answer from the proxy 127\.0\.0\.1:1 \(HTTP_PROXY\): /,
    );
    assertEquals(
      (await job(sts, QUIET, { AWS_ENDPOINT_URL_STS: sts.url.replace("127.0.0.1", "localhost") })).stderr,
      "",
    );
  });
});

Deno.test("a redirect", async (t) => {
  await t.step("is never followed, regardless of its status", async () => {
    await using other = await startSts();
    await using sts = await startSts();
    for (const status of [301, 302, 303, 307, 308] as const) {
      sts.setFaults(always({ kind: "redirect", status, location: `${other.url}/` }));
      const [message, hint] = failure(await job(sts, SHOW));
      assertStringIncludes(message ?? "", `it answered with a redirect (HTTP ${status}), which is not followed`);
      assertEquals(
        hint,
        "hint: check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and any proxy or load balancer on the way to AWS",
      );
    }
    assertEquals([sts.requests.length, other.requests.length], [5, 0]);
  });
});

Deno.test({
  name: "over TLS",
  ignore: withoutOpenssl,
  fn: async (t) => {
    await using _certificates = certificates;

    await t.step("AWS_CA_BUNDLE", async (t) => {
      await t.step("adds a certificate authority", async () => {
        if (!certificates) return;
        await using sts = await startSts({ tls: certificates.valid });
        const trusted = await job(sts, QUIET, { AWS_CA_BUNDLE: certificates.caFile });
        assertEquals([trusted.code, trusted.stderr], [0, ""]);
        for (const path of [`${certificates.caFile}.not-there`, fileURLToPath(new URL("proxy.ts", import.meta.url))]) {
          const [message = ""] = failure(await job(sts, SHOW, { AWS_CA_BUNDLE: path }));
          assertMatch(
            message,
            /^AWS_CA_BUNDLE is ".*", (which does not exist|which contains no certificate in PEM format)$/,
          );
        }
      });

      await t.step("is named in the error if its certificate is broken", async () => {
        await using sts = await startSts();
        const path = await Deno.makeTempFile();
        try {
          await Deno.writeTextFile(path, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n");
          const lines = failure(await job(sts, SHOW, { AWS_CA_BUNDLE: path }));
          assertEquals(lines, [`AWS_CA_BUNDLE is ${JSON.stringify(path)}, in which certificate 1 of 1 is invalid`]);
        } finally {
          await Deno.remove(path);
        }
      });
    });

    await t.step("HTTPS_PROXY", async (t) => {
      await t.step("is used, except for hosts in NO_PROXY", async () => {
        await throughProxy("working", async ({ run, targets, port }) => {
          const through = await run(QUIET);
          assertEquals([through.code, through.stderr, [...targets]], [0, "", [`127.0.0.1:${port}`]]);
          assertEquals((await run(QUIET, { NO_PROXY: "127.0.0.1" })).code, 0);
          assertEquals(targets.length, 1);
        });
      });

      await t.step("may require a password, which no message shows", async () => {
        const password = "robot:hunter2hunter2";
        await throughProxy({ password }, async ({ run, host, port }) => {
          assertEquals((await run(QUIET, { HTTPS_PROXY: `http://${password}@${host}` })).code, 0);
          const lines = failure(await run(SHOW, { HTTPS_PROXY: `http://robot:wrongwrong@${host}` }));
          const asked =
            `the proxy ${host} (HTTPS_PROXY) refused the connection to 127.0.0.1:${port}: proxy authentication required`;
          assertMatch(lines[0] ?? "", new RegExp(`^cannot assume role .*: ${RegExp.escape(asked)}$`));
          assertEquals(lines.join().includes("wrongwrong"), false);
          assertStringIncludes(failure(await run(SHOW))[0] ?? "", asked);
        });
      });

      await t.step("may refuse or not answer, which the message reports", async () => {
        await throughProxy("refusing", async ({ run, targets, host, port }) => {
          const [message, hint] = failure(await run(SHOW));
          assertStringIncludes(
            message ?? "",
            `the proxy ${host} (HTTPS_PROXY) refused the connection to 127.0.0.1:${port}: no tunnel to the host`,
          );
          assertEquals(
            hint,
            "hint: check the proxy's address, user name and password, or exempt the host with NO_PROXY",
          );
          assertEquals(targets.length > 0, true);
          const gone = failure(await run(SHOW, { HTTPS_PROXY: "", ALL_PROXY: "http://127.0.0.1:1" }))[0] ?? "";
          assertMatch(gone, /: no answer from the proxy 127\.0\.0\.1:1 \(ALL_PROXY\): connection refused$/);
        });
      });
    });
  },
});

Deno.test("a proxy", async (t) => {
  await t.step("that cannot be parsed is an error, and is not bypassed", async () => {
    await using sts = await startSts();
    const env = { AWS_ENDPOINT_URL_STS: sts.url.replace("http:", "https:") };
    for (const value of ["http//127.0.0.1:3128", "http://robot@127.0.0.1:3128", "socks4://127.0.0.1:3128"]) {
      assertEquals(failure(await job(sts, SHOW, { ...env, HTTPS_PROXY: value })), [
        "HTTPS_PROXY is not a proxy URL; expected one such as http://proxy.example:3128",
      ]);
    }
  });

  await t.step("is not used for loopback addresses", async () => {
    await using sts = await startSts();
    for (const url of [sts.url, sts.url.replace("127.0.0.1", "localhost")]) {
      const proxies = {
        HTTP_PROXY: "http://127.0.0.1:1",
        ALL_PROXY: "http://127.0.0.1:1",
        NO_PROXY: "x.example",
      };
      const { code, stdout, stderr } = await job(sts, SHOW, { ...proxies, AWS_ENDPOINT_URL_STS: url }, {
        commandShowsSecrets: true,
      });
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, '"NO_PROXY":"x.example"');
    }
  });
});

/** An STS over TLS, and a proxy. */
async function throughProxy(
  mood: ProxyMood,
  test: (world: {
    readonly run: (args: readonly string[], change?: Record<string, string>) => ReturnType<typeof job>;
    readonly targets: readonly string[];
    readonly host: string;
    readonly port: number;
  }) => Promise<void>,
): Promise<void> {
  if (!certificates) return;
  await using sts = await startSts({ tls: certificates.valid });
  await using proxy = startProxy(mood);
  const env = { AWS_CA_BUNDLE: certificates.caFile, HTTPS_PROXY: `http://${proxy.host}`, AWS_MAX_ATTEMPTS: "1" };
  await test({
    run: (args, change = {}) => job(sts, args, { ...env, ...change }),
    targets: proxy.targets,
    host: proxy.host,
    port: sts.port,
  });
}
