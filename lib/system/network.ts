/** Connections and, through proxies, HTTP requests. */

import { environment } from "./environment.ts";

/** A connection to one host: bytes in both directions. */
export interface Connection {
  /** How many bytes were read; `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** How many bytes were written. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends it at once, along with any read or write that is under way. Throws if it has ended already. */
  close(): void;
}

/** Where to connect to. */
export interface Destination {
  /** A name or an address, an IPv6 address without its brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Whether to speak TLS. */
  readonly secure: boolean;
  /** Certificate authorities, as PEM, to trust in addition to the built-in ones. */
  readonly caCerts: readonly string[];
  readonly signal?: AbortSignal;
}

/** A proxy, as a variable names it. */
export interface Proxy {
  readonly from: string;
  /** Its URL, which may contain a password; absent if Deno cannot use the value. */
  readonly url?: URL;
  /** Whether `NO_PROXY` is set, so that some hosts may bypass it. */
  readonly mayBeBypassed: boolean;
}

/** A request through a proxy. */
export interface ProxiedRequest extends RequestInit {
  readonly proxy: URL;
  readonly caCerts: readonly string[];
}

/** The network. */
export interface Network {
  /** Opens a connection whose small packets do not wait for each other. Tries all addresses of a name. */
  connect(destination: Destination): Promise<Connection>;
  /** Like the standard `fetch`, through this proxy unless `NO_PROXY` exempts the host. A redirect is returned. */
  fetch(url: URL, request: ProxiedRequest): Promise<Response>;
  /** The proxy for requests to this URL. */
  proxyOf(url: URL): Proxy | undefined;
  /** Whether Deno can parse these certificate authorities. */
  canTrust(caCerts: readonly string[]): boolean;
}

/** The real network. */
export const network: Network = { connect, fetch: fetchThroughProxy, proxyOf, canTrust };

async function connect({ hostname, port, secure, caCerts, signal }: Destination): Promise<Connection> {
  if (secure) gatherEntropy();
  const connecting = Deno.connect({ hostname, port, ...(signal && { signal }) });
  if (secure) loadAhead();
  const tcp = await connecting;
  // Otherwise the first request over TLS waits a whole round trip, in the kernel, for the handshake's last packet to be
  // acknowledged. `fetch` does not set it.
  tcp.setNoDelay(true);
  return secure ? await handshake(tcp, { hostname, caCerts, signal }) : tcp;
}

/**
 * Before its first random bytes, the cryptographic library gathers entropy, once per process, which takes 20 ms and more. Deno
 * generates this kind of key, which is not used, on another thread: so it happens while the network is waited for, rather than
 * in the handshake.
 */
function gatherEntropy(): void {
  void crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
}

/**
 * Deno loads what starts a process, which takes 5 ms, at the first access to this name: now, while the network is waited for,
 * rather than after the last answer, when only the command is left.
 */
function loadAhead(): void {
  void Deno.Command;
}

async function handshake(tcp: Deno.TcpConn, { hostname, caCerts, signal }: {
  readonly hostname: string;
  readonly caCerts: readonly string[];
  readonly signal: AbortSignal | undefined;
}): Promise<Connection> {
  let open: Deno.Conn = tcp;
  const stop = () => open.close();
  try {
    const tls = await Deno.startTls(tcp, { hostname, caCerts: [...caCerts] });
    open = tls;
    signal?.throwIfAborted();
    signal?.addEventListener("abort", stop);
    await tls.handshake();
    return tls;
  } catch (error) {
    if (!signal?.aborted) stop();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** One client per configuration, so that connections are reused. */
const clients = new Map<string, Deno.HttpClient>();

function fetchThroughProxy(url: URL, { proxy, caCerts, ...init }: ProxiedRequest): Promise<Response> {
  const key = [proxy.href, ...caCerts].join("\n");
  const client = clients.get(key) ?? Deno.createHttpClient({ caCerts: [...caCerts], proxy: { url: proxy.href } });
  clients.set(key, client);
  return fetch(url, { ...init, redirect: "manual", client });
}

/** By Deno's own rules, see https://docs.deno.com/runtime/reference/env_variables/; an empty variable counts as unset. */
function proxyOf(url: URL): Proxy | undefined {
  const scheme = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const from = ["ALL_PROXY", "all_proxy", scheme.toUpperCase(), scheme].find(isSet);
  if (from === undefined) return undefined;
  const proxy = usableProxy(from);
  return { from, ...(proxy && { url: proxy }), mayBeBypassed: isSet("NO_PROXY") || isSet("no_proxy") };
}

/** Whether a variable has a value, even one that cannot be read. */
function isSet(name: string): boolean {
  return environment.hasEnv(name) && readVariable(name) !== "";
}

/** `undefined` for a value that is not UTF-8: Deno's error for it would quote it. */
function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}

function usableProxy(name: string): URL | undefined {
  const value = readVariable(name);
  if (value === undefined) return undefined;
  try {
    // Without a scheme it is HOST:PORT.
    const url = new URL(/^[^/?#]*$/.test(value) ? `http://${value}` : value);
    // Deno decides, since `fetch` would ignore one that it cannot use, and go without.
    Deno.createHttpClient({ proxy: { url: url.href } }).close();
    return url;
  } catch {
    return undefined;
  }
}

function canTrust(caCerts: readonly string[]): boolean {
  try {
    Deno.createHttpClient({ caCerts: [...caCerts] }).close();
    return true;
  } catch {
    return false;
  }
}
