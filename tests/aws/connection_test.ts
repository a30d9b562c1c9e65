/** How requests reach the network, and how a failure is described. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { boundedBody, ConnectionError, trustingFetch } from "../../lib/aws/connection.ts";
import { ArarError } from "../../lib/errors.ts";
import type { FetchOptions, Proxy } from "../../lib/system/network.ts";

const STS = "https://sts.eu-west-1.amazonaws.com/";
const PROXY: Proxy = { from: "HTTPS_PROXY", host: "proxy.example:3128" };
const MEGABYTE = 1024 * 1024;

/** A network that records the requests, and gives each the same answer. */
function fakeNetwork(answer: () => Response, proxy?: Proxy) {
  const requests: { readonly url: string; readonly options: FetchOptions | undefined }[] = [];
  return {
    requests,
    proxyOf: () => proxy,
    fetch: (url: string, options?: FetchOptions) => {
      requests.push({ url, options });
      return Promise.resolve().then(answer);
    },
  };
}

Deno.test("trustingFetch()", async (t) => {
  await t.step("trusts the authorities in every request, and tells when one is under way", async () => {
    const world = fakeNetwork(() => new Response());
    let sent = -1;
    await trustingFetch(world, ["PEM"], () => sent = world.requests.length)(STS, { method: "PUT" });
    assertEquals(world.requests[0]?.options, { method: "PUT", caCerts: ["PEM"], direct: false });
    assertEquals(sent, 1);
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
    await t.step(`calls ${url} ${expected ? "directly" : "through a proxy"}`, async () => {
      const world = fakeNetwork(() => new Response(), PROXY);
      await trustingFetch(world, [], () => {})(url);
      assertEquals(world.requests[0]?.options?.direct, expected);
    });
  }

  await t.step("refuses a proxy that Deno would ignore, without a request and without its value", async () => {
    const world = fakeNetwork(() => new Response(), { from: "https_proxy" });
    const error = await assertRejects(() => trustingFetch(world, [], () => {})(STS), ArarError);
    assertEquals(error.message, "https_proxy is not a proxy URL; expected one such as http://proxy.example:3128");
    assertEquals(world.requests, []);
    await trustingFetch(world, [], () => {})("http://127.0.0.1/");
  });

  await t.step("rejects with the reason that its signal was aborted with", async () => {
    const controller = new AbortController();
    const world = fakeNetwork(() => {
      controller.abort(new RangeError("stopped"));
      throw new TypeError("error sending request");
    });
    const fetching = () => trustingFetch(world, [], () => {})(STS, { signal: controller.signal });
    await assertRejects(fetching, RangeError, "stopped");
  });
});

Deno.test("trustingFetch() describes a failure", async (t) => {
  const noAnswer = { ...PROXY, refused: false };
  const refused = { ...PROXY, refused: true };
  const rows = [
    ["tcp connect error: Connection refused", undefined, true],
    ["invalid peer certificate: UnknownIssuer", undefined, false],
    ["tcp connect error: Connection refused", noAnswer, true],
    ["dns error: failed to lookup address information", noAnswer, true],
    ["Proxy server unreachable", noAnswer, true],
    ["unsuccessful tunnel", refused, true],
    ["unexpected eof while tunneling", refused, true],
    ["proxy authentication required", refused, false],
  ] as const;
  for (const [reason, proxy, retryable] of rows) {
    await t.step(`${reason}, ${proxy ? "through a proxy" : "direct"}`, async () => {
      const thrown = new TypeError(
        `error sending request for url (${STS}): client error (Connect): ${reason} (os error 1)`,
      );
      const error = await failure(thrown, proxy && PROXY);
      assertEquals([error.message, error.host, error.proxy], [reason, "sts.eu-west-1.amazonaws.com", proxy]);
      assertEquals(error.$retryable, retryable ? { throttling: false } : undefined);
      assert(error.cause === thrown);
    });
  }

  await t.step("by its cause, and whatever was thrown", async () => {
    const cause = new Error("client error (SendRequest): connection closed before message completed");
    const { message } = await failure(new TypeError(`error sending request for url (${STS})`, { cause }));
    assertEquals(message, "connection closed before message completed");
    assertEquals((await failure("odd")).message, "odd");
    const { proxy } = await failure(new TypeError("invalid peer certificate: UnknownIssuer"), PROXY);
    assertEquals(proxy, undefined);
  });

  function failure(thrown: unknown, proxy?: Proxy): Promise<ConnectionError> {
    const world = fakeNetwork(() => {
      throw thrown;
    }, proxy);
    return assertRejects(() => trustingFetch(world, [], () => {})(STS), ConnectionError);
  }
});

Deno.test("boundedBody()", async (t) => {
  for (const headers of [{}, { "content-length": `${MEGABYTE}` }]) {
    await t.step(`returns a megabyte with ${JSON.stringify(headers)}`, async () => {
      const response = new Response(new Uint8Array(MEGABYTE).fill(120), { headers });
      assertEquals((await boundedBody(response, "issuer.example")).length, MEGABYTE);
    });
  }

  await t.step("refuses more, and does not read it to its end", async () => {
    let [pulled, cancelled] = [0, false];
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(MEGABYTE / 2));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const error = await assertRejects(() => boundedBody(new Response(body), "issuer.example"), ConnectionError);
    assertEquals([error.message, error.host, error.$retryable], [
      "its answer is too long",
      "issuer.example",
      undefined,
    ]);
    assert(pulled < 6 && cancelled, `${pulled}`);
  });
});
