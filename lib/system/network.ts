/** HTTP requests. */

import { temporaryEnv } from "./environment.ts";
import { chooseProxy, type Proxy } from "./proxy.ts";

export type { Proxy };

/** Options of {@linkcode Network.fetch}. */
export interface FetchOptions extends RequestInit {
  /** Certificate authorities, as PEM, to trust in addition to the built-in ones. */
  readonly caCerts?: readonly string[];
  /** Whether to bypass any proxy. */
  readonly direct?: boolean;
}

/** HTTP requests. */
export interface Network {
  /** Like the standard `fetch`, proxies (`HTTPS_PROXY`…) included, but a redirect is returned, never followed. */
  fetch(url: string, options?: FetchOptions): Promise<Response>;
  /** The proxy that {@linkcode Network.fetch} uses for this URL. */
  proxyOf(url: URL): Proxy | undefined;
  /** Whether Deno can parse these certificate authorities. */
  canTrust(caCerts: readonly string[]): boolean;
  /** Starts preparing the first TLS connection on another thread. Nothing waits for it. */
  prepareTls(): void;
}

/** The real network. */
export const network: Network = { fetch: fetchWithoutRedirects, proxyOf, canTrust, prepareTls };

/** One client per configuration, so that connections are reused. */
const clients = new Map<string, Deno.HttpClient>();

function fetchWithoutRedirects(
  url: string,
  { caCerts = [], direct = false, ...init }: FetchOptions = {},
): Promise<Response> {
  const target = new URL(url);
  const client = clientFor(caCerts, direct && proxyOf(target) ? target.hostname : undefined);
  return fetch(url, { ...init, redirect: "manual", ...(client && { client }) });
}

/** `undefined` if Deno's default client will do. */
function clientFor(caCerts: readonly string[], directHost?: string): Deno.HttpClient | undefined {
  if (caCerts.length === 0 && directHost === undefined) return undefined;
  const key = [directHost ?? "", ...caCerts].join("\n");
  // A client reads the proxy variables once, when it is created. There is no other way to exempt a host.
  const exemption = directHost === undefined ? {} : { NO_PROXY: directHost.replace(/^\[|\]$/g, "") };
  using _ = temporaryEnv(exemption);
  const client = clients.get(key) ?? Deno.createHttpClient({ caCerts: [...caCerts] });
  clients.set(key, client);
  return client;
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
  // Before it returns its first random bytes, the cryptographic library gathers entropy, once per process. The
  // handshake would wait 20 to 40 ms for it. Deno generates this kind of key on another thread, unlike keys for HMAC
  // and AES. The key is not used.
  void crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
}
