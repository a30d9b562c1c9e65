/** Proxy variables and CA bundles. Connections are tested with what uses them, in `aws/dialer_test.ts`. */
import { assertEquals } from "@std/assert";
import { network } from "../../lib/system/network.ts";
import { skipUnless } from "../process/job.ts";
import { serve } from "../sts_server/http.ts";
import { inOwnProcess } from "./own_process.ts";

/** The proxies of an https and an http URL, with these variables. */
async function proxies(env: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const shown = await inOwnProcess(
    `const { network } = await import(${JSON.stringify(new URL("../../lib/system/network.ts", import.meta.url))});
    const proxies = ["https://sts.example", "http://sts.example"].map((url) => network.proxyOf(new URL(url)));
    console.log(JSON.stringify(proxies.map((proxy) => proxy ? [proxy.from, proxy.url, proxy.mayBeBypassed] : null)));`,
    env,
  );
  return JSON.parse(shown);
}

Deno.test("proxyOf()", async (t) => {
  const at = "http://proxy.example:3128";
  // The names of Windows' variables have no case.
  const isCaseless = Deno.build.os === "windows";
  const used = (from: string, url: string | null = `${at}/`, mayBeBypassed = false) => [
    isCaseless ? from.toUpperCase() : from,
    url,
    mayBeBypassed,
  ];
  const rows: readonly (readonly [Readonly<Record<string, string>>, readonly unknown[]])[] = [
    [{}, [null, null]],
    [{ HTTPS_PROXY: "", http_proxy: at }, [null, used("http_proxy")]],
    [{ HTTPS_PROXY: at, https_proxy: "http://other" }, [used("HTTPS_PROXY"), null]],
    [{ HTTPS_PROXY: "http://other", all_proxy: at, NO_PROXY: "x" }, [
      used("all_proxy", undefined, true),
      used("all_proxy", undefined, true),
    ]],
    [{ HTTPS_PROXY: "proxy.example:3128", HTTP_PROXY: "socks5://u:p@h:1" }, [
      used("HTTPS_PROXY"),
      used("HTTP_PROXY", "socks5://u:p@h:1"),
    ]],
    // Deno would ignore these, and use no proxy.
    [{ HTTPS_PROXY: "http//127.0.0.1:3128", HTTP_PROXY: "http://robot@127.0.0.1:3128" }, [
      used("HTTPS_PROXY", null),
      used("HTTP_PROXY", null),
    ]],
    [{ HTTPS_PROXY: "socks4://127.0.0.1:3128", HTTP_PROXY: "a b" }, [
      used("HTTPS_PROXY", null),
      used("HTTP_PROXY", null),
    ]],
  ];
  for (const [env, expected] of rows) {
    const isTwice = new Set(Object.keys(env).map((name) => name.toUpperCase())).size < Object.keys(env).length;
    await t.step({
      name: JSON.stringify(env),
      ignore: isTwice && skipUnless(!isCaseless, "on Windows HTTPS_PROXY and https_proxy are one variable"),
      fn: async () => assertEquals(await proxies(env), expected),
    });
  }
});

Deno.test("fetch()", async (t) => {
  await t.step("bypasses its proxy for the hosts in NO_PROXY", async () => {
    await using server = await serve((request, response) => void response.end(request.url));
    const shown = await inOwnProcess(
      `const { network } = await import(${JSON.stringify(new URL("../../lib/system/network.ts", import.meta.url))});
      const request = { proxy: new URL("http://127.0.0.1:2"), caCerts: [] };
      console.log(await (await network.fetch(new URL("${server.url}/path"), request)).text());`,
      { NO_PROXY: "127.0.0.0/8" },
    );
    assertEquals(shown.trim(), "/path");
  });
});

Deno.test("canTrust()", async (t) => {
  await t.step("is false for what is no certificate", () => {
    const broken = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    assertEquals([network.canTrust([]), network.canTrust([broken])], [true, false]);
  });
});
