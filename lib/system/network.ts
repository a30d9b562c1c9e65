/**
 * HTTP requests.
 * It must not know what is asked of whom.
 *
 * @module
 */

/** What a request may carry besides the standard fields. */
export interface FetchOptions extends RequestInit {
  /** Certificate authorities, as PEM, that are trusted besides the built-in ones. */
  readonly caCerts?: readonly string[];
}

/** HTTP requests. */
export interface Network {
  /** As the standard `fetch`, through `HTTPS_PROXY` and its kin; a redirect is answered, never followed. */
  fetch(url: string, options?: FetchOptions): Promise<Response>;
  /** Begins to make ready, on another thread, what the first TLS connection will need. Nothing waits for it. */
  prepareTls(): void;
}

/** The real network. */
export const network: Network = { fetch: fetchOnce, prepareTls };

/** One client for each set of authorities, so that connections are used again. */
const clients = new Map<string, Deno.HttpClient>();

function fetchOnce(url: string, options: FetchOptions = {}): Promise<Response> {
  const { caCerts, ...init } = options;
  const redirect = "manual" as const;
  if (!caCerts || caCerts.length === 0) {
    return fetch(url, { ...init, redirect });
  }
  const key = caCerts.join("\n");
  const client = clients.get(key) ??
    Deno.createHttpClient({ caCerts: [...caCerts] });
  clients.set(key, client);
  return fetch(url, { ...init, redirect, client });
}

function prepareTls(): void {
  // Before its first random bytes the cryptographic library gathers entropy, once in a process: 20 to 40 ms, for which the
  // handshake would stand still. WebCrypto makes keys on threads of its own. The key itself is of no use.
  void crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
