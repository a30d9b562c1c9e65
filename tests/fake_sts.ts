/** The embedded STS without a socket: a `fetch` for tests that make thousands of runs in one process. */
import { GITHUB, type RecordedRequest, SAMPLE_CALLERS, SAMPLE_ROLES } from "./sts_server.ts";
import { parseAuthorization } from "./sts_server/sigv4.ts";
import { answer } from "./sts_server/service.ts";
import { State } from "./sts_server/state.ts";

/** An STS that answers calls of its `fetch`. */
export interface FakeSts {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly requests: readonly RecordedRequest[];
  secrets(): readonly string[];
}

/** Starts one with the sample callers and roles. */
export function fakeSts(): FakeSts {
  const state = new State({
    callers: SAMPLE_CALLERS,
    roles: SAMPLE_ROLES,
    issuer: GITHUB,
  });
  const requests: RecordedRequest[] = [];
  return {
    requests,
    secrets: () => state.secrets(),
    fetch: async (url, init = {}) => {
      const request = new Request(url, init);
      const body = new Uint8Array(await request.arrayBuffer());
      const received = record(request, body);
      requests.push(received);
      const { status, headers, body: text } = answer(received, body, state, undefined);
      return new Response(text, { status, headers });
    },
  };
}

function record(request: Request, body: Uint8Array): RecordedRequest {
  const { host, pathname, search } = new URL(request.url);
  // The real `fetch` adds this itself.
  const headers = { ...Object.fromEntries(request.headers), host, "content-length": String(body.length) };
  const form = new URLSearchParams(new TextDecoder().decode(body));
  const authorization = parseAuthorization(request.headers.get("authorization") ?? undefined);
  return {
    method: request.method,
    path: pathname + search,
    action: form.get("Action") ?? "",
    params: Object.fromEntries(form),
    headers,
    ...(authorization && { accessKeyId: authorization.accessKeyId, region: authorization.region }),
  };
}
