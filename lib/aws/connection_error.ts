/** Why a request got no usable answer: a closed list of kinds, each with words of its own. */

/** A proxy, and the variable that names it. */
export interface UsedProxy {
  /** `HOST:PORT`, without user name and password. */
  readonly host: string;
  readonly from: string;
  /** Whether `NO_PROXY` is set, so that the request may have bypassed the proxy. */
  readonly mayBeBypassed: boolean;
}

interface Kind {
  /** Follows `no answer from HOST: ` or `HOST did not answer like STS: `. */
  readonly text: string;
  readonly hint: string;
  /** Whether trying again may help. */
  readonly isTemporary?: true;
}

const NETWORK = "check the network, HTTPS_PROXY and NO_PROXY";
const AUTHORITY =
  "if a proxy or endpoint uses a private certificate authority, name that authority's PEM file in AWS_CA_BUNDLE";
const PROXY = "check the proxy's address, user name and password, or exempt the host with NO_PROXY";
const ENDPOINT = "check the endpoint's URL, and any proxy or load balancer on the way to it";

const KINDS = {
  refused: { text: "connection refused", hint: NETWORK, isTemporary: true },
  dns: { text: "its name cannot be resolved", hint: NETWORK, isTemporary: true },
  unreachable: { text: "it cannot be reached", hint: NETWORK, isTemporary: true },
  unanswered: { text: "it closed the connection", hint: NETWORK, isTemporary: true },
  closed: { text: "it closed the connection in the middle of its answer", hint: NETWORK, isTemporary: true },
  timeout: { text: "it is silent", hint: NETWORK, isTemporary: true },
  tls: { text: "it does not speak TLS, or no version that arar does", hint: ENDPOINT },
  "not-permitted": { text: "Deno denied permission to connect to it", hint: "run arar with -A, or with --allow-net" },
  "too-many-files": { text: "too many files are open", hint: "raise the limit of open files (ulimit -n)" },
  "unknown-authority": { text: "its certificate is signed by an unknown authority", hint: AUTHORITY },
  "wrong-host": { text: "its certificate is for another host", hint: AUTHORITY },
  "expired-certificate": {
    text: "its certificate has expired or is not valid yet",
    hint: "check this machine's clock, and whose certificate it is",
  },
  certificate: { text: "its certificate is invalid", hint: AUTHORITY },
  "proxy-refused": { text: "no tunnel to the host", hint: PROXY, isTemporary: true },
  "proxy-authentication": { text: "proxy authentication required", hint: PROXY },
  redirect: { text: "it answered with a redirect, which is not followed", hint: ENDPOINT },
  "too-long": { text: "its answer is too long", hint: ENDPOINT },
  malformed: { text: "its answer is not valid HTTP", hint: ENDPOINT },
  unsendable: {
    text: "a header has a line break or another character that cannot be sent",
    hint: "check the access key and the session token for stray characters",
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** Why there is no usable answer. Whoever decides reads this, never a text. */
export type ConnectionFailure = keyof typeof KINDS;

/** There is no usable answer. The message holds nothing that a peer, a header or the system said. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** The SDK's retry strategy tries again if this is set. */
  readonly $retryable?: { readonly throttling: false };
  readonly hint: string;

  constructor(
    readonly kind: ConnectionFailure,
    /** `HOST` or `HOST:PORT`, as in the URL. */
    readonly host: string,
    readonly options: {
      /** More exact words of ours than the kind's. */
      readonly text?: string;
      /** The proxy that the request went to. */
      readonly proxy?: UsedProxy | undefined;
    } = {},
  ) {
    const { text, hint, isTemporary }: Kind = KINDS[kind];
    super(options.text ?? text);
    this.hint = hint;
    if (isTemporary) this.$retryable = { throttling: false };
  }
}

/** Whether something answered, though not as a service of AWS would. */
export function isForeignAnswer({ kind }: ConnectionError): boolean {
  return kind === "redirect" || kind === "too-long" || kind === "malformed";
}

/** Why a connection failed, and what to do about it. `network` is what to check if nothing answered. */
export function describeConnection(
  error: ConnectionError,
  network: string = NETWORK,
): { readonly what: string; readonly hint: string } {
  const { host, kind, message, options: { proxy } } = error;
  const hint = error.hint === NETWORK ? network : error.hint;
  if (kind === "unsendable") return { what: `cannot send a request to ${host}: ${message}`, hint };
  if (isForeignAnswer(error)) return { what: `${host} gave no usable answer: ${message}`, hint };
  if (!proxy || !isOfProxy(kind)) return { what: `no answer from ${host}: ${message}`, hint };
  const named = `the proxy ${proxy.host} (${proxy.from})`;
  if (kind === "proxy-refused" || kind === "proxy-authentication") {
    return { what: `${named} refused the connection to ${host}: ${message}`, hint };
  }
  const who = proxy.mayBeBypassed ? `${host} or ${named}` : named;
  return { what: `no answer from ${who}: ${message}`, hint: PROXY };
}

/** Whether the failure is that of whatever was dialed first: the proxy, if there is one. */
function isOfProxy(kind: ConnectionFailure): boolean {
  return ["refused", "dns", "unreachable", "proxy-refused", "proxy-authentication"].includes(kind);
}

/**
 * Deno's errors by their code and class. Those of TLS, and of `fetch`, have neither: there, by the words of rustls and hyper.
 * The first that fits.
 */
const SYSTEM_REASONS: readonly (readonly [RegExp, ConnectionFailure])[] = [
  [/proxy authentication required/i, "proxy-authentication"],
  [/tunnel/i, "proxy-refused"],
  [/\bNotCapable\b/, "not-permitted"],
  [/\b(EMFILE|ENFILE)\b|too many open files/i, "too-many-files"],
  [/UnknownIssuer/, "unknown-authority"],
  [/NotValidForName|not valid for name/, "wrong-host"],
  [/certificate.*(Expired|NotValidYet|expired|not valid yet)/, "expired-certificate"],
  [/certificate/, "certificate"],
  [/\bECONNREFUSED\b|connection refused|proxy server unreachable/i, "refused"],
  // On Windows 11001 to 11004, whatever the language of the system.
  [/dns error|lookup address|os error 1100[1-4]\b/i, "dns"],
  [/UNREACH|EADDRNOTAVAIL|unreachable|no route/i, "unreachable"],
  [/\bETIMEDOUT\b|timed out/i, "timeout"],
  [/InvalidContentType|corrupt message|fatal alert|peer is incompatible/i, "tls"],
];

/** The kind of what connecting, reading, writing or `fetch` threw. */
export function failureKind(error: unknown): ConnectionFailure {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return "unanswered";
  const text = `${"code" in inner ? inner.code : ""} ${inner.name} ${inner.message}`;
  return SYSTEM_REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? "unanswered";
}
