/**
 * HTTP requests.
 *
 * @module
 */

import { chooseProxy, type Proxy } from "./proxy.ts";

export type { Proxy };

/** What a request may carry besides the standard fields. */
export interface FetchOptions extends RequestInit {
  /** Certificate authorities, as PEM, that are trusted in addition to the built-in ones. */
  readonly caCerts?: readonly string[];
  /** Never through a proxy. */
  readonly direct?: boolean;
}

/** HTTP requests. */
export interface Network {
  /** As the standard `fetch`, through `HTTPS_PROXY` and its kin; a redirect is returned, never followed. */
  fetch(url: string, options?: FetchOptions): Promise<Response>;
  /** The proxy that {@linkcode Network.fetch} uses for this URL. */
  proxyOf(url: URL): Proxy | undefined;
  /** Whether these certificate authorities can be read. */
  canTrust(caCerts: readonly string[]): boolean;
  /** Starts preparing, on another thread, what the first TLS connection needs. Nothing waits for it. */
  prepareTls(): void;
}

/** The real network. */
export const network: Network = { fetch: fetchOnce, proxyOf, canTrust, prepareTls };

/** One client for each way to connect, so that connections are used again. */
const clients = new Map<string, Deno.HttpClient>();

function fetchOnce(url: string, { caCerts = [], direct = false, ...init }: FetchOptions = {}): Promise<Response> {
  const target = new URL(url);
  const client = clientFor(caCerts, direct && proxyOf(target) ? target.hostname : undefined);
  return fetch(url, { ...init, redirect: "manual", ...(client && { client }) });
}

/** Absent where Deno's own client will do. */
function clientFor(caCerts: readonly string[], directHost?: string): Deno.HttpClient | undefined {
  if (caCerts.length === 0 && directHost === undefined) return undefined;
  const key = [directHost ?? "", ...caCerts].join("\n");
  const create = () => Deno.createHttpClient({ caCerts: [...caCerts] });
  const client = clients.get(key) ?? (directHost === undefined ? create() : withoutProxy(directHost, create));
  clients.set(key, client);
  return client;
}

/** A client reads the proxies of the environment once, when it is made, and can be told of exceptions in no other way. */
function withoutProxy<Value>(hostname: string, make: () => Value): Value {
  const before = Deno.env.get("NO_PROXY");
  Deno.env.set("NO_PROXY", hostname.replace(/^\[|\]$/g, ""));
  try {
    return make();
  } finally {
    if (before === undefined) Deno.env.delete("NO_PROXY");
    else Deno.env.set("NO_PROXY", before);
  }
}

function proxyOf(url: URL): Proxy | undefined {
  return chooseProxy(url, (name) => Deno.env.get(name));
}

function canTrust(caCerts: readonly string[]): boolean {
  try {
    clientFor(caCerts);
    return true;
  } catch {
    return false;
  }
}

function prepareTls(): void {
  // Before its first random bytes the cryptographic library gathers entropy, once per process: 20 to 40 ms during which the
  // handshake would wait. Keys of this kind are made on a thread of their own, unlike those for HMAC and AES. It is not used.
  void crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
}
