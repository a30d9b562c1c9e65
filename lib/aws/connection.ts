/**
 * How requests reach the network, the SDK's and our own: proxies are honoured, and named where they fail; certificate
 * authorities are added; bodies are bounded.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import { isLoopback } from "./endpoint.ts";

/** A proxy that did not let a request through. */
export interface FailedProxy {
  /** `HOST:PORT` */
  readonly host: string;
  /** The variable that names it. */
  readonly from: string;
  /** Whether it answered, and refused. */
  readonly refused: boolean;
}

/** There was no answer. The message says why, in the system's words. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** The SDK's retry strategy tries again where this field is set. */
  readonly $retryable?: { readonly throttling: false };
  /** Present where the failure is the proxy's. */
  readonly proxy?: FailedProxy;

  constructor(
    message: string,
    readonly host: string,
    options: { readonly retryable: boolean; readonly cause?: unknown; readonly proxy?: FailedProxy | undefined },
  ) {
    super(message, { cause: options.cause });
    if (options.retryable) this.$retryable = { throttling: false };
    if (options.proxy) this.proxy = options.proxy;
  }
}

/** STS and token services answer with a few kilobytes; more than this is not one of them. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * The `fetch` of a run, for the SDK's requests and our own. It trusts further authorities, keeps requests to this machine away
 * from proxies, and rejects with a {@linkcode ConnectionError}. `underWay` is called once a request is: not before, so that
 * what is done then takes time that would pass in waiting.
 */
export function trustingFetch(
  system: Pick<System, "fetch" | "proxyOf">,
  caCerts: readonly string[],
  underWay: () => void,
): System["fetch"] {
  return async (url, options) => {
    const target = new URL(url);
    const direct = options?.direct ?? (target.protocol === "http:" && isLoopback(target));
    const proxy = direct ? undefined : usableProxy(system, target);
    const answer = system.fetch(url, { ...options, caCerts, direct });
    underWay();
    try {
      return await answer;
    } catch (error) {
      options?.signal?.throwIfAborted();
      throw connectionError(error, target.host, proxy);
    }
  };
}

/** Deno would go without a proxy that it cannot parse, past whatever the proxy is there for. */
function usableProxy(system: Pick<System, "proxyOf">, url: URL) {
  const proxy = system.proxyOf(url);
  if (!proxy) return undefined;
  const { from, host } = proxy;
  // The value may hold a password.
  if (host === undefined) {
    throw new ArarError(`${from} is not a proxy URL; expected one such as http://proxy.example:3128`);
  }
  return { from, host };
}

/** The whole body, uncompressed; throws a {@linkcode ConnectionError} where it is longer than any that is expected. */
export async function boundedBody(response: Response, host: string): Promise<Uint8Array> {
  // No more can come than was announced, and reading it whole takes half the time. A compressed body announces its compressed
  // length, which says nothing.
  const announced = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  if (announced !== null && Number(announced) <= MAX_BODY_BYTES) return await response.bytes();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new ConnectionError("its answer is too long", host, { retryable: false });
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

/** What `fetch` or a body threw, told by its cause. */
export function connectionError(error: unknown, host: string, proxy?: Omit<FailedProxy, "refused">): ConnectionError {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = inner instanceof Error ? inner.message : String(inner);
  // "error sending request for url (…): client error (Connect): tcp connect error: Connection refused (os error 111)"
  const reason = text.replace(/^.*client error \(\w+\): /s, "").replace(/ \(os error \d+\)$/, "");
  return new ConnectionError(reason, host, {
    // Neither gets better by trying again.
    retryable: !/certificate|authentication/i.test(reason),
    cause: error,
    proxy: proxy && failedProxy(proxy, reason),
  });
}

/** Through a proxy, nobody but the proxy is connected to; what comes later is told by its words. */
function failedProxy(proxy: Omit<FailedProxy, "refused">, reason: string): FailedProxy | undefined {
  if (/^(?:tcp connect|dns) error|^proxy server unreachable/i.test(reason)) return { ...proxy, refused: false };
  return /tunnel|proxy/i.test(reason) ? { ...proxy, refused: true } : undefined;
}

/** What a connection failed at, and what to do about it. */
export function describeConnection({ host, message, proxy }: ConnectionError) {
  if (proxy) {
    const named = `the proxy ${proxy.host} (${proxy.from})`;
    const what = proxy.refused ? `${named} does not let us through to ${host}` : `no answer from ${named}`;
    return { what: `${what}: ${message}`, hint: PROXY_HINT };
  }
  return {
    what: `no answer from ${host}: ${message}`,
    hint: /certificate/i.test(message) ? CERTIFICATE_HINT : NETWORK_HINT,
  };
}

const PROXY_HINT = "check the proxy's address, user name and password, or exempt the host with NO_PROXY";
const CERTIFICATE_HINT =
  "if a proxy or an endpoint of your own has its own authority, name its PEM file in AWS_CA_BUNDLE";
const NETWORK_HINT = "check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)";
