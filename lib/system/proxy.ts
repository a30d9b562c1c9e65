/**
 * Determines the proxy of a request. Deno's `fetch` reads the environment itself and does not report its choice, so its
 * rules are repeated here: https://github.com/denoland/deno/blob/main/ext/fetch/proxy.rs
 */

/** The proxy of a request. */
export interface Proxy {
  /** The variable that sets it. */
  readonly from: string;
  /** `HOST:PORT`; absent if the value is not a proxy URL. Deno ignores such a value. */
  readonly host?: string;
}

/** The proxy of requests to this URL. An empty variable counts as unset. */
export function chooseProxy(url: URL, env: (name: string) => string | undefined): Proxy | undefined {
  if (isExempt(url.hostname, env("NO_PROXY") || env("no_proxy") || "")) return undefined;
  const scheme = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  for (const from of ["ALL_PROXY", "all_proxy", scheme.toUpperCase(), scheme]) {
    const value = env(from);
    if (!value) continue;
    const host = hostOf(value);
    return { from, ...(host !== undefined && { host }) };
  }
  return undefined;
}

/** The scheme is optional, a path requires a scheme, and a user name requires a password, which may be empty. */
function hostOf(value: string): string | undefined {
  const [, scheme, host, port, path] =
    /^(?:(https?|socks5h?):\/\/)?(?:[^\s:/@]*:[^\s/]*@)?([^\s:/@?#]+|\[[\da-f:.]+\])(?::(\d{1,5}))?([/?]\S*)?$/i
      .exec(value) ?? [];
  if (!host || (path && !scheme) || Number(port ?? 0) > 65_535) return undefined;
  return port ? `${host}:${port}` : host;
}

/** Address ranges (`10.0.0.0/8`) are not supported: this only decides which proxy an error message names. */
function isExempt(hostname: string, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isAddress = /^[\d.]+$|:/.test(host);
  return list.split(",").map((entry) => entry.trim()).some((entry) => {
    if (entry === "" || isAddress) return entry === host;
    const domain = entry.replace(/^\./, "");
    return entry === "*" || host === domain || host.endsWith(`.${domain}`);
  });
}
