/** How the SDK's requests are sent, over a fake fetch and over the real one. */
import { assert, assertEquals, assertFalse, assertRejects, assertStringIncludes } from "@std/assert";
import { ConnectionError } from "../../lib/aws/connection.ts";
import { sdkHandler, type SdkRequest } from "../../lib/aws/http.ts";
import { ArarError } from "../../lib/errors.ts";
import { type FetchOptions, network } from "../../lib/system/network.ts";
import { serve } from "../sts_server/http.ts";

const REQUEST: SdkRequest = {
  protocol: "https:",
  hostname: "sts.eu-west-1.amazonaws.com",
  method: "POST",
  path: "/",
  headers: { host: "sts.eu-west-1.amazonaws.com", "content-length": "8", "x-amz-date": "20300101T000000Z" },
  body: "Action=A",
};

const MEGABYTE = 1024 * 1024;

/** A network that notes what it is asked and answers the same to all. */
function fakeFetch(answer: () => Response | Promise<Response> = () => new Response("<ok/>")) {
  const asked: { readonly url: string; readonly options: FetchOptions | undefined }[] = [];
  const fetch = (url: string, options?: FetchOptions) => {
    asked.push({ url, options });
    return Promise.resolve().then(answer);
  };
  return { asked, fetch };
}

async function urlFor(request: Partial<SdkRequest>): Promise<string | undefined> {
  const world = fakeFetch();
  await sdkHandler(world).handle({ ...REQUEST, ...request });
  return world.asked[0]?.url;
}

async function headersFor(headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const world = fakeFetch();
  await sdkHandler(world).handle({ ...REQUEST, headers });
  return Object.fromEntries(new Headers(world.asked[0]?.options?.headers));
}

function failure(answer: () => Response | Promise<Response>): Promise<ConnectionError> {
  return assertRejects(() => sdkHandler(fakeFetch(answer)).handle(REQUEST), ConnectionError);
}

Deno.test("handle() URL", async (t) => {
  const rows: readonly (readonly [string, Partial<SdkRequest>, string])[] = [
    ["is made of protocol, host and path", {}, "https://sts.eu-west-1.amazonaws.com/"],
    ["has the port", { protocol: "http:", hostname: "127.0.0.1", port: 8080 }, "http://127.0.0.1:8080/"],
    ["keeps the path", { path: "/a%2Fb/c" }, "https://sts.eu-west-1.amazonaws.com/a%2Fb/c"],
    ["has the query, in order", { query: { b: "1", a: "2" } }, "https://sts.eu-west-1.amazonaws.com/?b=1&a=2"],
    ["repeats a list", { query: { a: ["1", "2"] } }, "https://sts.eu-west-1.amazonaws.com/?a=1&a=2"],
    ["has a name without a value", { query: { a: null } }, "https://sts.eu-west-1.amazonaws.com/?a"],
    [
      "escapes as SigV4 does",
      { query: { "a b": "!'()*+/=&#é~" } },
      "https://sts.eu-west-1.amazonaws.com/" +
      "?a%20b=%21%27%28%29%2A%2B%2F%3D%26%23%C3%A9~",
    ],
  ];
  for (const [what, request, url] of rows) await t.step(what, async () => assertEquals(await urlFor(request), url));
});

Deno.test("handle() headers", async (t) => {
  await t.step("leave host and length to fetch", async () => {
    assertEquals(await headersFor({ Host: "x", "Content-Length": "8", "X-Amz-Date": "d" }), { "x-amz-date": "d" });
  });

  for (const value of ["to\nken", "to\rken", "to\0ken", "to\u{1f511}ken"]) {
    await t.step(`refuse ${JSON.stringify(value)} without a request and without showing it`, async () => {
      const world = fakeFetch();
      const handling = () => sdkHandler(world).handle({ ...REQUEST, headers: { "x-amz-security-token": value } });
      const error = await assertRejects(handling, ArarError);
      assertEquals(
        error.message,
        "header x-amz-security-token cannot be sent: its value holds a line break or a letter outside Latin-1",
      );
      assertEquals(error.hints, ["look for what was stored along with the access key or the session token"]);
      assertEquals(world.asked, []);
    });
  }
});

Deno.test("handle() request", async (t) => {
  const bodies: readonly (readonly [string, unknown, unknown])[] = [
    ["sends text", "Action=A", "Action=A"],
    ["sends bytes", Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ["sends no empty text", "", undefined],
    ["sends nothing where there is nothing", undefined, undefined],
  ];
  for (const [what, body, sent] of bodies) {
    await t.step(what, async () => {
      const world = fakeFetch();
      await sdkHandler(world).handle({ ...REQUEST, body });
      assertEquals<unknown>(world.asked[0]?.options?.body, sent);
    });
  }

  await t.step("hands on method and signal", async () => {
    const world = fakeFetch();
    const { signal } = new AbortController();
    await sdkHandler(world).handle({ ...REQUEST, method: "PUT" }, { abortSignal: signal });
    const options = world.asked[0]?.options;
    assertEquals(options?.method, "PUT");
    assert(options?.signal === signal);
  });

  await t.step("fails as its signal was aborted, not as fetch says", async () => {
    const controller = new AbortController();
    const world = fakeFetch(() => {
      controller.abort(new RangeError("stopped"));
      throw new TypeError("error sending request");
    });
    const handling = () => sdkHandler(world).handle(REQUEST, { abortSignal: controller.signal });
    await assertRejects(handling, RangeError, "stopped");
  });
});

Deno.test("handle() answer", async (t) => {
  await t.step("is what was answered", async () => {
    const answer = () =>
      new Response("<no/>", { status: 403, statusText: "Forbidden", headers: { "x-amzn-requestid": "1" } });
    const { response } = await sdkHandler(fakeFetch(answer)).handle(REQUEST);
    assertEquals(response.statusCode, 403);
    assertEquals(response.reason, "Forbidden");
    assertEquals(response.headers["x-amzn-requestid"], "1");
    assertEquals(new TextDecoder().decode(response.body), "<no/>");
  });

  await t.step("may be empty", async () => {
    const { response } = await sdkHandler(fakeFetch(() => new Response(null, { status: 204 }))).handle(REQUEST);
    assertEquals([response.statusCode, response.body.length], [204, 0]);
  });

  const sizes: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["of no announced length", {}],
    ["of announced length", { "content-length": String(MEGABYTE) }],
  ];
  for (const [what, headers] of sizes) {
    await t.step(`${what} may have a megabyte`, async () => {
      const body = new Uint8Array(MEGABYTE).fill(120);
      const { response } = await sdkHandler(fakeFetch(() => new Response(body, { headers }))).handle(REQUEST);
      assertEquals(response.body.length, MEGABYTE);
    });
  }

  await t.step("of more than a megabyte is refused, and not read to its end", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(MEGABYTE / 4)),
      cancel: () => {
        cancelled = true;
      },
    });
    const error = await failure(() => new Response(body));
    assertEquals(error.message, "its answer is too long");
    assertEquals([error.$retryable, cancelled], [undefined, true]);
  });

  for (const status of [300, 301, 302, 303, 307, 308]) {
    await t.step(`with ${status} is refused, and not asked for again`, async () => {
      const error = await failure(() => new Response("", { status, headers: { location: "https://evil.example/" } }));
      assertEquals(error.message, `it answered with a redirect (HTTP ${status}), which is not followed`);
      assertEquals([error.host, error.$retryable], ["sts.eu-west-1.amazonaws.com", undefined]);
    });
  }
});

Deno.test("handle() redirect", async (t) => {
  await t.step("lets go of the connection", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    await failure(() => new Response(body, { status: 307 }));
    assertEquals(cancelled, true);
  });
});

Deno.test("handle() failure", async (t) => {
  const url = "error sending request for url (https://sts.eu-west-1.amazonaws.com/)";
  const rows: readonly (readonly [string, unknown, string, boolean])[] = [
    [
      "is told in the system's words",
      new TypeError(`${url}: client error (Connect): tcp connect error: Connection refused (os error 111)`),
      "tcp connect error: Connection refused",
      true,
    ],
    [
      "is told in the words of its cause",
      new TypeError(url, {
        cause: new Error("client error (SendRequest): connection closed before message completed"),
      }),
      "connection closed before message completed",
      true,
    ],
    [
      "of a certificate is not tried again",
      new TypeError(`${url}: client error (Connect): invalid peer certificate: UnknownIssuer`),
      "invalid peer certificate: UnknownIssuer",
      false,
    ],
    [
      "of a password is not tried again",
      new TypeError(`${url}: client error (Connect): proxy authentication required`),
      "proxy authentication required",
      false,
    ],
    ["may be no error at all", "odd", "odd", true],
  ];
  for (const [what, thrown, message, retryable] of rows) {
    await t.step(what, async () => {
      const error = await failure(() => Promise.reject(thrown));
      assertEquals([error.message, error.host], [message, "sts.eu-west-1.amazonaws.com"]);
      assertEquals(error.$retryable, retryable ? { throttling: false } : undefined);
      assert(error.cause === thrown);
    });
  }
});

Deno.test("sdkHandler() over the real fetch", async (t) => {
  /** Where a server on this machine is, as the SDK says it. */
  const at = (port: number, path = "/") => ({ ...REQUEST, protocol: "http:", hostname: "127.0.0.1", port, path });

  await t.step("sends and receives", async () => {
    await using server = await serve((request, response, body) => {
      response.setHeader("x-seen", `${request.method} ${request.url} ${request.headers.host}`);
      response.end(body);
    });
    const { response } = await sdkHandler(network).handle({ ...at(server.port, "/p"), query: { a: "b c" } });
    assertEquals(response.headers["x-seen"], `POST /p?a=b%20c 127.0.0.1:${server.port}`);
    assertEquals(new TextDecoder().decode(response.body), "Action=A");
  });

  await t.step("does not follow a redirect", async () => {
    const paths: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    const error = await assertRejects(() => sdkHandler(network).handle(at(server.port)), ConnectionError);
    assertStringIncludes(error.message, "HTTP 307");
    assertEquals(paths, ["/"]);
  });

  await t.step("bounds an answer that is packed small", async () => {
    const zeros = new Blob([new Uint8Array(8 * MEGABYTE)]).stream().pipeThrough(new CompressionStream("gzip"));
    const packed = new Uint8Array(await new Response(zeros).arrayBuffer());
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed);
    });
    const error = await assertRejects(() => sdkHandler(network).handle(at(server.port)), ConnectionError);
    assertEquals(error.message, "its answer is too long");
  });

  await t.step("names the host where nobody listens, and lets the SDK try again", async () => {
    const server = await serve(() => {});
    await server.stop();
    const error = await assertRejects(() => sdkHandler(network).handle(at(server.port)), ConnectionError);
    assertEquals([error.host, error.$retryable], [`127.0.0.1:${server.port}`, { throttling: false }]);
    assertFalse(/os error|error sending request/.test(error.message), error.message);
  });
});
