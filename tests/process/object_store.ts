/**
 * An object store with one bucket on 127.0.0.1: as much of S3 as terraform's backend needs. It records the access
 * keys.
 */

import type { RecordedRequest } from "../sts_server.ts";

/** A running store. */
export interface ObjectStore extends AsyncDisposable {
  readonly url: string;
  /** All requests, in order. */
  readonly requests: readonly Pick<RecordedRequest, "accessKeyId" | "headers">[];
  /** Their access key IDs. */
  readonly accessKeyIds: readonly string[];
}

/** Starts a store; `await using` stops it. */
export function startObjectStore(): Promise<ObjectStore> {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const accessKeyIds: string[] = [];
  const requests: Pick<RecordedRequest, "accessKeyId" | "headers">[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const [, id = "unsigned"] = /Credential=([^/]+)/.exec(request.headers.get("authorization") ?? "") ?? [];
    accessKeyIds.push(id);
    requests.push({ accessKeyId: id, headers: Object.fromEntries(request.headers) });
    const { pathname } = new URL(request.url);
    // `/state` is the bucket itself.
    if (pathname.split("/").filter((part) => part !== "").length < 2) return listing();
    if (request.method === "PUT") {
      objects.set(pathname, await plainBody(request));
      return new Response();
    }
    if (request.method === "DELETE") {
      objects.delete(pathname);
      return new Response(undefined, { status: 204 });
    }
    const found = objects.get(pathname);
    return found ? new Response(found) : new Response("<Error><Code>NoSuchKey</Code></Error>", { status: 404 });
  });
  return Promise.resolve({
    url: `http://127.0.0.1:${server.addr.port}`,
    accessKeyIds,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

function listing(): Response {
  const body = `<?xml version="1.0"?><ListBucketResult><Name>state</Name><KeyCount>0</KeyCount>` +
    `<IsTruncated>false</IsTruncated></ListBucketResult>`;
  return new Response(body, { headers: { "content-type": "application/xml" } });
}

/** The object without the chunk headers of `aws-chunked`. */
async function plainBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await request.bytes();
  if (!request.headers.get("content-encoding")?.includes("aws-chunked")) return bytes;
  const text = new TextDecoder().decode(bytes);
  let [plain, at] = ["", 0];
  while (at < text.length) {
    const lineEnd = text.indexOf("\r\n", at);
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(length > 0)) break;
    plain += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
  return new TextEncoder().encode(plain);
}
