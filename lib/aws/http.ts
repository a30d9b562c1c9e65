/** Sends the SDK's requests with the dialer. */

import type { Dial } from "./dialer.ts";

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
  readonly headers: Readonly<Record<string, string>>;
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

/** The SDK's handler on top of the dialer. */
export function sdkHandler(dial: Dial): SdkHandler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async ({ method, body, ...request }, { abortSignal } = {}) => {
      // The dialer sets these two itself, from the URL and the body.
      const headers = Object.entries(request.headers).filter(([name]) => !/^(?:host|content-length)$/i.test(name));
      const answer = await dial(
        { method, url: urlOf(request), headers: Object.fromEntries(headers), ...(isBody(body) && { body }) },
        abortSignal instanceof AbortSignal ? abortSignal : undefined,
      );
      return { response: { ...answer, statusCode: answer.status, reason: "" } };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: Omit<SdkRequest, "method">): URL {
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

function isBody(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? body !== "" : body instanceof Uint8Array;
}
