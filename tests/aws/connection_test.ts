/** How requests reach the network, and whose failure a failure is. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { boundedBody, ConnectionError, trustingFetch } from "../../lib/aws/connection.ts";
import { ArarError } from "../../lib/errors.ts";
import type { FetchOptions, Proxy } from "../../lib/system/network.ts";

const STS = "https://sts.eu-west-1.amazonaws.com/";
const PROXY: Proxy = { from: "HTTPS_PROXY", host: "proxy.example:3128" };

/** A network that notes what it is asked and answers the same to all. */
function fakeNetwork(answer: () => Response, proxy?: Proxy) {
  const asked: { readonly url: string; readonly options: FetchOptions | undefined }[] = [];
  return {
    asked,
    proxyOf: () => proxy,
    fetch: (url: string, options?: FetchOptions) => {
      asked.push({ url, options });
      return Promise.resolve().then(answer);
    },
  };
}

function failing(reason: string, proxy?: Proxy): Promise<ConnectionError> {
  const world = fakeNetwork(() => {
    throw new TypeError(`error sending request for url (${STS}): client error (Connect): ${reason}`);
  }, proxy);
  return assertRejects(() => trustingFetch(world, [], () => {})(STS), ConnectionError);
}

Deno.test("trustingFetch()", async (t) => {
  await t.step("trusts the authorities in every request, and tells when one is under way", async () => {
    const world = fakeNetwork(() => new Response());
    let askedBefore = -1;
    await trustingFetch(world, ["PEM"], () => askedBefore = world.asked.length)(STS, { method: "PUT" });
    assertEquals(world.asked[0]?.options, { method: "PUT", caCerts: ["PEM"], direct: false });
    assertEquals(askedBefore, 1);
  });

  const direct = [
    ["http://127.0.0.1:4566/", true],
    ["http://localhost/", true],
    ["http://[::1]:80/", true],
    ["http://127.0.0.1.example/", false],
    ["https://127.0.0.1:4566/", false],
    [STS, false],
  ] as const;
  for (const [url, expected] of direct) {
    await t.step(`${expected ? "keeps proxies away from" : "goes through a proxy to"} ${url}`, async () => {
      const world = fakeNetwork(() => new Response(), PROXY);
      await trustingFetch(world, [], () => {})(url);
      assertEquals(world.asked[0]?.options?.direct, expected);
    });
  }

  await t.step("refuses a proxy that Deno would ignore, without a request and without its value", async () => {
    const world = fakeNetwork(() => new Response(), { from: "https_proxy" });
    const error = await assertRejects(() => trustingFetch(world, [], () => {})(STS), ArarError);
    assertEquals(error.message, "https_proxy is not a proxy URL; expected one such as http://proxy.example:3128");
    assertEquals(world.asked, []);
    await trustingFetch(world, [], () => {})("http://127.0.0.1/");
  });

  await t.step("fails as its signal was aborted, not as fetch says", async () => {
    const controller = new AbortController();
    const world = fakeNetwork(() => {
      controller.abort(new RangeError("stopped"));
      throw new TypeError("error sending request");
    });
    const asking = () => trustingFetch(world, [], () => {})(STS, { signal: controller.signal });
    await assertRejects(asking, RangeError, "stopped");
  });
});

Deno.test("trustingFetch() says whose failure it is", async (t) => {
  const refused = { ...PROXY, refused: true };
  const rows = [
    ["tcp connect error: Connection refused", undefined, undefined],
    ["tcp connect error: Connection refused", PROXY, { ...PROXY, refused: false }],
    ["dns error: failed to lookup address information", PROXY, { ...PROXY, refused: false }],
    ["Proxy server unreachable", PROXY, { ...PROXY, refused: false }],
    ["unsuccessful tunnel", PROXY, refused],
    ["unexpected eof while tunneling", PROXY, refused],
    ["proxy authentication required", PROXY, refused],
    ["invalid peer certificate: UnknownIssuer", PROXY, undefined],
  ] as const;
  for (const [reason, proxy, failed] of rows) {
    await t.step(`${reason}, ${proxy ? "through a proxy" : "direct"}`, async () => {
      const error = await failing(reason, proxy);
      assertEquals([error.message, error.host, error.proxy], [reason, "sts.eu-west-1.amazonaws.com", failed]);
    });
  }

  await t.step("and does not knock again where a proxy asks for a password", async () => {
    assert((await failing("proxy authentication required", PROXY)).$retryable === undefined);
    assert((await failing("unsuccessful tunnel", PROXY)).$retryable);
  });
});

Deno.test("boundedBody() refuses more than a megabyte, and does not read it to its end", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      pulled += 1;
      controller.enqueue(new Uint8Array(512 * 1024));
    },
  });
  const error = await assertRejects(() => boundedBody(new Response(body), "issuer.example"), ConnectionError);
  assertEquals([error.host, error.$retryable], ["issuer.example", undefined]);
  assert(pulled < 6, `${pulled}`);
});
