/** The embedded STS without a socket: a connection for tests that make thousands of runs in one process. */
import type { Connection } from "../lib/system/network.ts";
import { GITHUB, type RecordedRequest, SAMPLE_CALLERS, SAMPLE_ROLES } from "./sts_server.ts";
import { parseAuthorization } from "./sts_server/sigv4.ts";
import { answer } from "./sts_server/service.ts";
import { State } from "./sts_server/state.ts";

/** An STS that answers whatever is written to its connections. */
export interface FakeSts {
  readonly connect: () => Promise<Connection>;
  readonly requests: readonly RecordedRequest[];
  secrets(): readonly string[];
}

/** Starts one with the sample callers and roles; `spoil` changes the text of each answer. */
export function fakeSts(spoil = (text: string) => text): FakeSts {
  const state = new State({ callers: SAMPLE_CALLERS, roles: SAMPLE_ROLES, issuer: GITHUB });
  const requests: RecordedRequest[] = [];
  return {
    requests,
    secrets: () => state.secrets(),
    connect: () =>
      connectionTo((bytes) => {
        const { request, body } = record(bytes);
        requests.push(request);
        const { body: text, ...rest } = answer(request, body, state, undefined);
        return { ...rest, body: spoil(text) };
      }),
  };
}

/** A connection to a server that answers each request, which is written in one piece. */
export function connectionTo(
  serve: (request: Uint8Array) => {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
): Promise<Connection> {
  let unread = new Uint8Array();
  return Promise.resolve({
    write: (bytes) => {
      const { status, headers, body } = serve(bytes);
      const length = new TextEncoder().encode(body).length;
      const lines = Object.entries({ ...headers, "content-length": length }).map(([name, value]) =>
        `${name}: ${value}`
      );
      unread = new TextEncoder().encode(`HTTP/1.1 ${status} \r\n${lines.join("\r\n")}\r\n\r\n${body}`);
      return Promise.resolve(bytes.length);
    },
    read: (into) => {
      const part = unread.subarray(0, into.length);
      into.set(part);
      unread = unread.subarray(part.length);
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
    close: () => {},
  });
}

function record(bytes: Uint8Array): { readonly request: RecordedRequest; readonly body: Uint8Array } {
  const [head = ""] = new TextDecoder("latin1").decode(bytes).split("\r\n\r\n");
  const body = bytes.slice(head.length + 4);
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = Object.fromEntries(lines.map((line) => [line.replace(/:.*/s, ""), line.replace(/^.*?: /s, "")]));
  const form = new URLSearchParams(new TextDecoder().decode(body));
  const authorization = parseAuthorization(headers.authorization);
  const request = {
    method,
    path,
    action: form.get("Action") ?? "",
    params: Object.fromEntries(form),
    headers,
    ...(authorization && { accessKeyId: authorization.accessKeyId, region: authorization.region }),
  };
  return { request, body };
}
