/** How the SDK's requests are sent, over a fake fetch and over the real one. */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { ConnectionError } from "../../lib/aws/connection.ts";
import { sdkHandler, type SdkRequest } from "../../lib/aws/http.ts";
import { ArarError } from "../../lib/errors.ts";
import { type FetchOptions, network } from "../../lib/system/network.ts";
import { serve } from "../sts_server/http.ts";

const HOST = "sts.eu-west-1.amazonaws.com";
const REQUEST: SdkRequest = {
  protocol: "https:",
  hostname: HOST,
  method: "POST",
  path: "/",
  headers: { host: HOST, "content-length": "8", "x-amz-date": "20300101T000000Z" },
  body: "Action=A",
};

/** A network that records the requests, and gives each the same answer. */
function fakeFetch(answer: () => Response | Promise<Response> = () => new Response("<ok/>")) {
  const requests: ({ readonly url: string } & FetchOptions)[] = [];
  const fetch = (url: string, options?: FetchOptions) => {
    requests.push({ url, ...options });
    return Promise.resolve().then(answer);
  };
  return { requests, fetch };
}

/** What `fetch` is asked for by a request. */
async function sent(request: Partial<SdkRequest>, abortSignal?: AbortSignal) {
  const world = fakeFetch();
  await sdkHandler(world).handle({ ...REQUEST, ...request }, { abortSignal });
  return world.requests[0];
}

function failure(answer: () => Response | Promise<Response>): Promise<ConnectionError> {
  return assertRejects(() => sdkHandler(fakeFetch(answer)).handle(REQUEST), ConnectionError);
}

Deno.test("handle() sends", async (t) => {
  const urls: readonly (readonly [Partial<SdkRequest>, string])[] = [
    [{}, `https://${HOST}/`],
    [{ protocol: "http:", hostname: "127.0.0.1", port: 8080 }, "http://127.0.0.1:8080/"],
    [{ path: "/a%2Fb/c" }, `https://${HOST}/a%2Fb/c`],
    [{ query: { b: "1", a: "2" } }, `https://${HOST}/?b=1&a=2`],
    [{ query: { a: ["1", "2"] } }, `https://${HOST}/?a=1&a=2`],
    [{ query: { a: null } }, `https://${HOST}/?a`],
    [{ query: { "a b": "!'()*+/=&#é~" } }, `https://${HOST}/?a%20b=%21%27%28%29%2A%2B%2F%3D%26%23%C3%A9~`],
  ];
  for (const [request, url] of urls) {
    await t.step(`to ${url}`, async () => assertEquals((await sent(request))?.url, url));
  }

  const bodies = [["Action=A", "Action=A"], [Uint8Array.of(1), Uint8Array.of(1)], ["", undefined], [
    undefined,
    undefined,
  ]];
  for (const [body, expected] of bodies) {
    await t.step(
      `body ${JSON.stringify(body)}`,
      async () => assertEquals<unknown>((await sent({ body }))?.body, expected),
    );
  }

  await t.step("headers except host and length, which fetch sets, method and signal", async () => {
    const { signal } = new AbortController();
    const headers = { Host: "x", "Content-Length": "8", "X-Amz-Date": "d" };
    const request = await sent({ method: "PUT", headers }, signal);
    assertEquals([request?.method, request?.headers], ["PUT", { "x-amz-date": "d" }]);
    assert(request?.signal === signal);
  });

  for (const value of ["to\nken", "to\rken", "to\0ken", "to\u{1f511}ken"]) {
    await t.step(`no header ${JSON.stringify(value)}, and does not show it`, async () => {
      const world = fakeFetch();
      const handling = () => sdkHandler(world).handle({ ...REQUEST, headers: { "x-amz-security-token": value } });
      const { message, hints } = await assertRejects(handling, ArarError);
      assertEquals([message, ...hints], [
        "header x-amz-security-token cannot be sent: its value contains a line break or a character outside Latin-1",
        "check the access key and the session token for stray characters",
      ]);
      assertEquals(world.requests, []);
    });
  }
});

Deno.test("handle() returns", async (t) => {
  await t.step("the answer", async () => {
    const init = { status: 403, statusText: "Forbidden", headers: { "x-amzn-requestid": "1" } };
    const { response } = await sdkHandler(fakeFetch(() => new Response("<no/>", init))).handle(REQUEST);
    const { statusCode, reason, headers, body } = response;
    assertEquals([statusCode, reason, headers["x-amzn-requestid"]], [403, "Forbidden", "1"]);
    assertEquals(new TextDecoder().decode(body), "<no/>");
  });

  await t.step("an empty answer", async () => {
    const { response } = await sdkHandler(fakeFetch(() => new Response(null, { status: 204 }))).handle(REQUEST);
    assertEquals([response.statusCode, response.body.length], [204, 0]);
  });
});

Deno.test("handle() fails", async (t) => {
  for (const status of [300, 301, 302, 303, 307, 308]) {
    await t.step(`with a redirect (${status}), which is not retried, and closes the connection`, async () => {
      let cancelled = false;
      const body = new ReadableStream({
        cancel: () => {
          cancelled = true;
        },
      });
      const error = await failure(() => new Response(body, { status, headers: { location: "https://evil.example/" } }));
      assertEquals(error.message, `it answered with a redirect (HTTP ${status}), which is not followed`);
      assertEquals([error.host, error.$retryable, cancelled], [HOST, undefined, true]);
    });
  }

  await t.step("with what fetch threw, as a connection error", async () => {
    const thrown = new TypeError("error sending request: client error (SendRequest): connection reset");
    const error = await failure(() => Promise.reject(thrown));
    assertEquals([error.message, error.host, error.$retryable], ["connection reset", HOST, { throttling: false }]);
    assert(error.cause === thrown);
  });

  await t.step("with the reason that its signal was aborted with", async () => {
    const controller = new AbortController();
    const world = fakeFetch(() => {
      controller.abort(new RangeError("stopped"));
      throw new TypeError("error sending request");
    });
    const handling = () => sdkHandler(world).handle(REQUEST, { abortSignal: controller.signal });
    await assertRejects(handling, RangeError, "stopped");
  });
});

Deno.test("sdkHandler() over the real fetch", async (t) => {
  const failureAt = async (port: number) => {
    const handling = () => sdkHandler(network).handle({ ...REQUEST, protocol: "http:", hostname: "127.0.0.1", port });
    return await assertRejects(handling, ConnectionError);
  };

  await t.step("bounds a compressed answer", async () => {
    const zeros = new Blob([new Uint8Array(8 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream("gzip"));
    const packed = new Uint8Array(await new Response(zeros).arrayBuffer());
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed);
    });
    assertEquals((await failureAt(server.port)).message, "its answer is too long");
  });

  await t.step("names the host if nothing listens, and lets the SDK retry", async () => {
    const server = await serve(() => {});
    await server.stop();
    const error = await failureAt(server.port);
    assertEquals([error.host, error.$retryable], [`127.0.0.1:${server.port}`, { throttling: false }]);
    assertFalse(/os error|error sending request/.test(error.message), error.message);
  });
});
