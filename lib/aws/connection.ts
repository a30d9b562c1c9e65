/** How requests reach the network: with proxies and CA bundles, bounded bodies, and failures that name their cause. */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import { isLoopback } from "./endpoint.ts";

/** A proxy, and the variable that names it. */
interface UsedProxy {
  /** `HOST:PORT` */
  readonly host: string;
  readonly from: string;
}

/** A proxy that did not let a request through. */
interface FailedProxy extends UsedProxy {
  /** Whether it answered, and refused. */
  readonly refused: boolean;
}

/** There was no answer. The message is the system's reason. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** The SDK's retry strategy tries again if this is set. */
  readonly $retryable?: { readonly throttling: false };
  /** Present if the proxy failed. */
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

/** STS and token services answer with a few kilobytes. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * The `fetch` of a run, for the SDK's requests and our own. It trusts additional authorities, uses no proxy for this machine,
 * and rejects with a {@linkcode ConnectionError}. `underWay` is called when a request has been sent: its work
 * then takes place while the answer is awaited.
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

/** Deno ignores a proxy URL that it cannot parse, and would bypass the proxy. */
function usableProxy(system: Pick<System, "proxyOf">, url: URL): UsedProxy | undefined {
  const proxy = system.proxyOf(url);
  if (!proxy) return undefined;
  const { from, host } = proxy;
  if (host !== undefined) return { from, host };
  // Without the value, which may contain a password.
  throw new ArarError(`${from} is not a proxy URL; expected one such as http://proxy.example:3128`);
}

/** The whole body, decompressed; throws a {@linkcode ConnectionError} if it is too long. */
export async function boundedBody(response: Response, host: string): Promise<Uint8Array> {
  // A body cannot exceed its announced length, and reading it whole takes half the time. The announced length of a compressed
  // body is the compressed one.
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

/** The error for what `fetch` or a body threw. */
export function connectionError(error: unknown, host: string, proxy?: UsedProxy): ConnectionError {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = inner instanceof Error ? inner.message : String(inner);
  // "error sending request for url (…): client error (Connect): tcp connect error: Connection refused (os error 111)"
  const reason = text.replace(/^.*client error \(\w+\): /s, "").replace(/ \(os error \d+\)$/, "");
  return new ConnectionError(reason, host, {
    // Trying again would not help.
    retryable: !/certificate|authentication/i.test(reason),
    cause: error,
    proxy: proxy && failedProxy(proxy, reason),
  });
}

/** Through a proxy, any connection error is the proxy's; later failures are recognized by their wording. */
function failedProxy(proxy: UsedProxy, reason: string): FailedProxy | undefined {
  if (/^(?:tcp connect|dns) error|^proxy server unreachable/i.test(reason)) return { ...proxy, refused: false };
  return /tunnel|proxy/i.test(reason) ? { ...proxy, refused: true } : undefined;
}

/** Why a connection failed, and what to do about it. */
export function describeConnection({ host, message, proxy }: ConnectionError) {
  if (proxy) {
    const named = `the proxy ${proxy.host} (${proxy.from})`;
    const what = proxy.refused ? `${named} refused the connection to ${host}` : `no answer from ${named}`;
    const hint = "check the proxy's address, user name and password, or exempt the host with NO_PROXY";
    return { what: `${what}: ${message}`, hint };
  }
  const hint = /certificate/i.test(message)
    ? "if a proxy or endpoint uses a private certificate authority, name that authority's PEM file in AWS_CA_BUNDLE"
    : "check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)";
  return { what: `no answer from ${host}: ${message}`, hint };
}
