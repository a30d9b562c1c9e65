/**
 * How the SDK's requests reach the network: one small handler over `fetch`, so that proxies are honoured, redirects are not
 * followed and answers are bounded. It must not know what is asked of whom.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";

/** An SDK request, as far as a handler looks at it. */
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

/** An answer, as the SDK takes it. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Handler of the SDK's requests. */
export interface SdkHandler {
  readonly metadata: { readonly handlerProtocol: string };
  /** The signal is an `AbortSignal`, though the SDK's types, made for more than one platform, do not say so. */
  handle(request: SdkRequest, options?: { readonly abortSignal?: unknown }): Promise<{ response: SdkResponse }>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/** No answer could be had. The message says why, in the system's words. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** The SDK's retry strategy tries again where this field stands. */
  readonly $retryable?: { readonly throttling: false };

  constructor(
    message: string,
    readonly host: string,
    options: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    if (options.retryable) this.$retryable = { throttling: false };
  }
}

/** STS answers with a few kilobytes; more than this is not STS. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * A `fetch` that trusts further authorities in every request, those past the SDK too, and tells when one is under way: not
 * before, so that what is done about it takes time that would pass in waiting.
 */
export function trustingFetch(
  system: Pick<System, "fetch">,
  caCerts: readonly string[],
  underWay: () => void,
): System["fetch"] {
  return (url, options) => {
    const answer = system.fetch(url, { ...options, caCerts });
    underWay();
    return answer;
  };
}

/** The handler. */
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
        throw error instanceof ConnectionError ? error : connectionError(error, url.host);
      }
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

async function sdkResponse(response: Response, host: string): Promise<SdkResponse> {
  // A followed 307 would carry the MFA code or a token in the body to whatever host the answer names.
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

async function boundedBody(response: Response, host: string): Promise<Uint8Array> {
  // No more can come than was announced, and reading it whole takes half the time. Of a packed answer the packed length is
  // announced, which says nothing.
  const announced = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  if (announced !== null && Number(announced) <= MAX_BODY_BYTES) return await response.bytes();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new ConnectionError("its answer is too long to be one of AWS's", host, { retryable: false });
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function connectionError(error: unknown, host: string): ConnectionError {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = inner instanceof Error ? inner.message : String(inner);
  // "error sending request for url (…): client error (Connect): tcp connect error: Connection refused (os error 111)"
  const reason = text.replace(/^.*client error \(\w+\): /s, "").replace(/ \(os error \d+\)$/, "");
  // A certificate does not get better by asking again.
  return new ConnectionError(reason, host, {
    retryable: !/certificate/i.test(reason),
    cause: error,
  });
}

function urlOf(request: SdkRequest): URL {
  const port = request.port === undefined ? "" : `:${request.port}`;
  const url = new URL(
    `${request.protocol}//${request.hostname}${port}${request.path}`,
  );
  const pairs = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null ? encode(name) : `${encode(name)}=${encode(one)}`
    )
  );
  url.search = pairs.join("&");
  return url;
}

function encode(text: string): string {
  // SigV4 escapes these too: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html#code-signing-functions
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function fetchHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  // fetch sets these two by itself, from the URL and the body.
  const { host: _host, "content-length": _length, ...rest } = Object.fromEntries(given);
  // The SDK's browser build, which the releases are made from, names its agent only here.
  const agent = rest["user-agent"] ?? rest["x-amz-user-agent"];
  const result = agent === undefined ? rest : { ...rest, "user-agent": agent };
  for (const [name, value] of Object.entries(result)) refuseUnsendable(name, value);
  return result;
}

/** What fetch says of such a value repeats it, and it may be a session token. https://fetch.spec.whatwg.org/#header-value */
function refuseUnsendable(name: string, value: string): void {
  if (!/[\0\r\n\u0100-\uffff]/.test(value.trim())) return;
  throw new ArarError(`header ${name} cannot be sent: its value holds a line break or a letter outside Latin-1`, {
    hints: ["look for what was stored along with the access key or the session token"],
  });
}

function isBody(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? body !== "" : body instanceof Uint8Array;
}
