/** How the SDK's requests become the dialer's. */
import { assert, assertEquals } from "@std/assert";
import type { DialRequest } from "../../lib/aws/dialer.ts";
import { sdkHandler, type SdkRequest } from "../../lib/aws/http.ts";

const HOST = "sts.eu-west-1.amazonaws.com";
const REQUEST: SdkRequest = {
  protocol: "https:",
  hostname: HOST,
  method: "POST",
  path: "/",
  headers: { Host: HOST, "Content-Length": "8", "X-Amz-Date": "20300101T000000Z" },
  body: "Action=A",
};

async function dialed(change: Partial<SdkRequest>, abortSignal?: AbortSignal) {
  const requests: (DialRequest & { readonly signal: AbortSignal | undefined })[] = [];
  const { response } = await sdkHandler((request, signal) => {
    requests.push({ ...request, signal });
    return Promise.resolve({ status: 403, headers: { "x-amzn-requestid": "1" }, body: Uint8Array.of(60) });
  }).handle({ ...REQUEST, ...change }, { abortSignal });
  const [request] = requests;
  assert(request !== undefined && requests.length === 1);
  return { request, response };
}

Deno.test("handle()", async (t) => {
  const urls: readonly (readonly [Partial<SdkRequest>, string])[] = [
    [{}, `https://${HOST}/`],
    [{ protocol: "http:", hostname: "127.0.0.1", port: 8080 }, "http://127.0.0.1:8080/"],
    [{ path: "/a%2Fb/c" }, `https://${HOST}/a%2Fb/c`],
    [{ query: { b: "1", a: ["1", "2"], c: null } }, `https://${HOST}/?b=1&a=1&a=2&c`],
    [{ query: { "a b": "!'()*+/=&#é~" } }, `https://${HOST}/?a%20b=%21%27%28%29%2A%2B%2F%3D%26%23%C3%A9~`],
  ];
  for (const [request, url] of urls) {
    await t.step(`sends to ${url}`, async () => assertEquals((await dialed(request)).request.url.href, url));
  }

  await t.step("sends method, body and signal, and the headers that the dialer does not set itself", async () => {
    const { signal } = new AbortController();
    const { request } = await dialed({ method: "PUT" }, signal);
    assertEquals([request.method, request.body, request.headers], ["PUT", "Action=A", {
      "X-Amz-Date": "20300101T000000Z",
    }]);
    assert(request.signal === signal);
    assertEquals((await dialed({ body: undefined })).request.body, undefined);
  });

  await t.step("returns the answer", async () => {
    const { statusCode, headers, body } = (await dialed({})).response;
    assertEquals([statusCode, headers["x-amzn-requestid"], body], [403, "1", Uint8Array.of(60)]);
  });
});
