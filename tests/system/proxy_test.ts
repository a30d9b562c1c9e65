/** The choice of a proxy, compared with the behaviour of Deno's own `fetch`. */
import { assertEquals } from "@std/assert";
import { chooseProxy } from "../../lib/system/proxy.ts";
import { inOwnProcess } from "./own_process.ts";

type Env = Readonly<Record<string, string>>;

function proxyOf(url: string, env: Env) {
  return chooseProxy(new URL(url), (name) => env[name]);
}

const HTTPS = "https://sts.eu-west-1.amazonaws.com/";

Deno.test("chooseProxy() reads the variables as Deno does", async (t) => {
  const proxy = "http://proxy.example:3128";
  const rows: readonly (readonly [url: string, env: Env, from: string | undefined])[] = [
    [HTTPS, {}, undefined],
    [HTTPS, { HTTPS_PROXY: "" }, undefined],
    [HTTPS, { HTTPS_PROXY: proxy }, "HTTPS_PROXY"],
    [HTTPS, { https_proxy: proxy }, "https_proxy"],
    [HTTPS, { HTTP_PROXY: proxy }, undefined],
    [HTTPS, { ALL_PROXY: proxy, HTTPS_PROXY: proxy }, "ALL_PROXY"],
    ["http://sts.example/", { HTTP_PROXY: proxy, http_proxy: proxy }, "HTTP_PROXY"],
    ["http://sts.example/", { http_proxy: proxy }, "http_proxy"],
    ["http://sts.example/", { HTTPS_PROXY: proxy }, undefined],
  ];
  for (const [url, env, from] of rows) {
    await t.step(`${url} ${JSON.stringify(env)}`, () => assertEquals(proxyOf(url, env)?.from, from));
  }
});

Deno.test("chooseProxy() respects NO_PROXY", async (t) => {
  const rows: readonly (readonly [noProxy: string, url: string, exempt: boolean])[] = [
    ["amazonaws.com", HTTPS, true],
    [".amazonaws.com", HTTPS, true],
    ["*", HTTPS, true],
    ["localhost, sts.eu-west-1.amazonaws.com", HTTPS, true],
    ["naws.com", HTTPS, false],
    ["eu-west-1", HTTPS, false],
    ["127.0.0.1", "https://127.0.0.1:8443/", true],
    ["*", "https://127.0.0.1:8443/", false],
    ["::1", "https://[::1]/", true],
  ];
  for (const [list, url, exempt] of rows) {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      await t.step(`${name}=${list} ${url}`, () => {
        assertEquals(proxyOf(url, { [name]: list, HTTPS_PROXY: "http://proxy.example" }) === undefined, exempt);
      });
    }
  }
});

/** Each value and its proxy; Deno ignores a value with `undefined`. */
const VALUES: readonly (readonly [value: string, host: string | undefined])[] = [
  ["http://127.0.0.1:3128", "127.0.0.1:3128"],
  ["127.0.0.1:3128", "127.0.0.1:3128"],
  ["proxy.example", "proxy.example"],
  ["HTTP://127.0.0.1:3128/path", "127.0.0.1:3128"],
  ["http://user:p@ss@127.0.0.1:3128", "127.0.0.1:3128"],
  ["socks5h://127.0.0.1:1080", "127.0.0.1:1080"],
  ["http://[::1]:3128", "[::1]:3128"],
  ["not a url", undefined],
  ["http://", undefined],
  ["ftp://127.0.0.1:3128", undefined],
  ["socks4://127.0.0.1:3128", undefined],
  ["http://user@127.0.0.1:3128", undefined],
  ["http://us er:p@127.0.0.1:3128", undefined],
  [" http://127.0.0.1:3128", undefined],
];

Deno.test("chooseProxy() knows which values Deno ignores", async (t) => {
  for (const [value, host] of VALUES) {
    await t.step(JSON.stringify(value), () => {
      const found = proxyOf(HTTPS, { HTTPS_PROXY: value });
      assertEquals(found, { from: "HTTPS_PROXY", ...(host !== undefined && { host }) });
    });
  }

  await t.step("as its own fetch does", async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("direct"));
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const values = VALUES.filter(([, host]) => host === undefined).map(([value]) => value);
    const shown = await inOwnProcess(
      `for (const value of ${JSON.stringify(values)}) {
        Deno.env.set("HTTP_PROXY", value);
        using client = Deno.createHttpClient({});
        console.log(value, await (await fetch("${url}", { client })).text());
      }`,
      {},
    );
    assertEquals(shown, values.map((value) => `${value} direct\n`).join(""));
  });
});
