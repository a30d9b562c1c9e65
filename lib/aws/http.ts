/** Sends the SDK's requests with `fetch`, and follows no redirects. */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import { boundedBody, ConnectionError, connectionError } from "./connection.ts";

/** The parts of an SDK request that a handler uses. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SdkResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export interface SdkHandler {
  readonly metadata: { readonly handlerProtocol: string };
  /** The signal is an `AbortSignal`, though the SDK's types, which are for several platforms, do not say so. */
  handle(request: SdkRequest, options?: { readonly abortSignal?: unknown }): Promise<{ response: SdkResponse }>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/** The SDK's handler on top of a {@linkcode trustingFetch}. */
export function sdkHandler(system: Pick<System, "fetch">): SdkHandler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request, { abortSignal } = {}) => {
      const url = urlOf(request);
      const headers = fetchHeaders(request.headers);
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      try {
        const response = await system.fetch(url.href, {
          method: request.method,
          headers,
          ...(isBody(request.body) && { body: request.body }),
          ...(signal && { signal }),
        });
        return { response: await sdkResponse(response, url.host) };
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof ConnectionError || error instanceof ArarError ? error : connectionError(error, url.host);
      }
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

async function sdkResponse(response: Response, host: string): Promise<SdkResponse> {
  // A followed 307 would send the MFA code or token in the body to whatever host the answer names.
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    const message = `it answered with a redirect (HTTP ${response.status}), which is not followed`;
    throw new ConnectionError(message, host, { retryable: false });
  }
  return {
    statusCode: response.status,
    reason: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: await boundedBody(response, host),
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`);
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => one === null ? encode(name) : `${encode(name)}=${encode(one)}`)
  );
  url.search = pairs.join("&");
  return url;
}

function encode(text: string): string {
  // SigV4 also escapes these: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html#code-signing-functions
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function fetchHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  // fetch sets these two itself, from the URL and the body.
  const { host: _host, "content-length": _length, ...rest } = Object.fromEntries(given);
  for (const [name, value] of Object.entries(rest)) refuseUnsendable(name, value);
  return rest;
}

/** fetch's own error quotes the value, which may be a session token. https://fetch.spec.whatwg.org/#header-value */
function refuseUnsendable(name: string, value: string): void {
  if (!/[\0\r\n\u0100-\uffff]/.test(value.trim())) return;
  throw new ArarError(`header ${name} cannot be sent: its value contains a line break or a character outside Latin-1`, {
    hints: ["check the access key and the session token for stray characters"],
  });
}

function isBody(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? body !== "" : body instanceof Uint8Array;
}
