/**
 * The one way out of the program, which every request takes. It alone knows proxies, certificate authorities, header values
 * that cannot be sent, what goes out in clear, that redirects are not followed, and how long an answer may be and may take.
 */

import { ArarError } from "../errors.ts";
import type { Connection } from "../system/network.ts";
import type { System } from "../system.ts";
import { ConnectionError, failureKind } from "./connection_error.ts";
import { type Answer, exchange, type HttpRequest } from "./exchange.ts";

export { ConnectionError, type ConnectionFailure, describeConnection } from "./connection_error.ts";
export type { Answer } from "./exchange.ts";

/** A request. */
export interface DialRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For a service of the machine itself, such as instance metadata: uses no proxy, and is in clear by design. */
  readonly direct?: boolean;
  /** The longest answer in bytes, {@linkcode MOST_BYTES} by default. */
  readonly mostBytes?: number;
  /** How long this attempt may take; the dialer's limit by default. */
  readonly milliseconds?: number;
}

/**
 * Sends a request once. Every status but a redirect is an answer. Rejects with a {@linkcode ConnectionError}, with the
 * signal's reason, or with an `ArarError` if a proxy variable cannot be used.
 */
export type Dial = (request: DialRequest, signal?: AbortSignal) => Promise<Answer>;

/** STS and token services answer with a few kilobytes. */
export const MOST_BYTES = 1024 * 1024;

/** The part of the system that dialing uses. */
export type DialSystem = Pick<System, "connect" | "fetch" | "proxyOf" | "startTimer">;

export interface DialerOptions {
  /** Certificate authorities, as PEM, to trust in addition to the built-in ones. */
  readonly caCerts: readonly string[];
  /** How long an attempt may take. */
  readonly milliseconds: number;
  /** Told of each host that requests go to in clear. */
  readonly warn: (message: string) => void;
}

/** The way out of one run. Disposing closes its connections. */
export interface Dialer extends Disposable {
  readonly dial: Dial;
  /** Connects ahead of the first request to this host, which takes over the connection, or reports why there is none. */
  prepare(url: URL): void;
}

/** A connection that is being opened, or is open. */
interface Line {
  readonly connection: Promise<Connection>;
  readonly close: () => void;
}

/** A request that is under way. */
interface Call {
  readonly request: HttpRequest;
  readonly mostBytes: number;
  /** Aborted when the time of the attempt is up, or the caller's signal is aborted. */
  readonly signal: AbortSignal;
}

/** Creates the way out. */
export function createDialer(system: DialSystem, { caCerts, milliseconds, warn }: DialerOptions): Dialer {
  /** Lines that no request uses, by origin. */
  const idle = new Map<string, Line>();
  const warned = new Set<string>();

  function warnOfCleartext(url: URL, direct: boolean): void {
    const { origin } = url;
    if (url.protocol !== "http:" || direct || isLoopback(url) || warned.has(origin)) return;
    warned.add(origin);
    warn(`requests to ${origin} are not encrypted: anyone on the network path can read them`);
  }

  async function overLine(call: Call): Promise<Answer> {
    const { url } = call.request;
    const waiting = idle.get(url.origin);
    idle.delete(url.origin);
    try {
      return await useLine(waiting ?? openLine(system, url, caCerts), call);
    } catch (error) {
      // The other side may have closed it while it waited.
      if (!waiting || !(error instanceof ConnectionError) || error.kind !== "unanswered") throw error;
      return await useLine(openLine(system, url, caCerts), call);
    }
  }

  /** Then puts the line back if it can serve another request, or closes it. */
  async function useLine(line: Line, { request, mostBytes, signal }: Call): Promise<Answer> {
    signal.addEventListener("abort", line.close);
    let isReusable = false;
    try {
      const done = await exchange(await line.connection, request, mostBytes);
      isReusable = done.isReusable && !signal.aborted;
      return done.answer;
    } finally {
      signal.removeEventListener("abort", line.close);
      if (isReusable) idle.set(request.url.origin, line);
      else line.close();
    }
  }

  async function send(call: Call, direct: boolean): Promise<Answer> {
    const { url } = call.request;
    const proxy = needsNoProxy(url, direct) ? undefined : system.proxyOf(url);
    if (proxy && !proxy.url) {
      // Without the value, which may contain a password.
      throw new ArarError(`${proxy.from} is not a proxy URL; expected one such as http://proxy.example:3128`);
    }
    const used = proxy?.url && { host: proxy.url.host, from: proxy.from, mayBeBypassed: proxy.mayBeBypassed };
    try {
      const answer = await (proxy?.url ? overProxy(system, call, { proxy: proxy.url, caCerts }) : overLine(call));
      if (answer.status < 300 || answer.status >= 400) return answer;
      // Following a 307 would send the MFA code or token in the body to whatever host the answer names.
      const text = `it answered with a redirect (HTTP ${answer.status}), which is not followed`;
      throw new ConnectionError("redirect", url.host, { text });
    } catch (error) {
      call.signal.throwIfAborted();
      throw error instanceof ConnectionError
        ? error
        : new ConnectionError(failureKind(error), url.host, { proxy: used });
    }
  }

  return {
    dial: async ({ url, direct = false, ...request }, signal) => {
      const { method, headers = {}, body = "", mostBytes = MOST_BYTES } = request;
      const sent = { method, url, headers: sendable(headers, url.host), body: bytesOf(body) };
      warnOfCleartext(url, direct);
      const time = request.milliseconds ?? milliseconds;
      const tooLate = () => new ConnectionError("timeout", url.host, { text: `nothing within ${time / 1000} s` });
      const limit = { milliseconds: time, tooLate, signal };
      return await limited(system, limit, (signal) => send({ request: sent, mostBytes, signal }, direct));
    },
    prepare: (url) => {
      warnOfCleartext(url, false);
      if (idle.has(url.origin) || !needsNoProxy(url, false) && system.proxyOf(url)) return;
      idle.set(url.origin, openLine(system, url, caCerts));
    },
    [Symbol.dispose]: () => {
      for (const line of idle.values()) line.close();
      idle.clear();
    },
  };
}

function needsNoProxy(url: URL, direct: boolean): boolean {
  return direct || (url.protocol === "http:" && isLoopback(url));
}

/** Whether the URL is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function openLine(system: DialSystem, { hostname, port, protocol }: URL, caCerts: readonly string[]): Line {
  const stop = new AbortController();
  const secure = protocol === "https:";
  const connection = system.connect({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (secure ? 443 : 80),
    secure,
    caCerts,
    signal: stop.signal,
  });
  const close = () => {
    stop.abort();
    // A request may never come to report that it cannot be opened, and it may have ended by itself.
    connection.then((open) => open.close()).catch(() => {});
  };
  connection.catch(() => {});
  return { connection, close };
}

/** https://fetch.spec.whatwg.org/#header-value, without white space around it. The value may be a secret. */
function sendable(headers: Readonly<Record<string, string>>, host: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const trimmed = value.trim();
      if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(trimmed)) return [name.toLowerCase(), trimmed];
      const text = `its header ${name.toLowerCase()} has a line break or another character that cannot be sent`;
      throw new ConnectionError("unsendable", host, { text });
    }),
  );
}

function bytesOf(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
}

async function overProxy(
  system: DialSystem,
  { request: { url, method, headers, body }, mostBytes, signal }: Call,
  way: { readonly proxy: URL; readonly caCerts: readonly string[] },
): Promise<Answer> {
  const init = { method, headers, signal, ...(body.length > 0 && { body: new Uint8Array(body) }) };
  const response = await system.fetch(url, { ...init, ...way });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await boundedBody(response, url.host, mostBytes),
  };
}

async function boundedBody(response: Response, host: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > most) throw new ConnectionError("too-long", host);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** When to give up. */
interface Limit {
  readonly milliseconds: number;
  /** The error if the time is up. */
  readonly tooLate: () => Error;
  /** Gives up too when it is aborted, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Does the work within the limit. Otherwise aborts the work's own signal, and does not wait for it any longer. */
export async function limited<Value>(
  system: Pick<System, "startTimer">,
  { milliseconds, tooLate, signal }: Limit,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    stop.abort(reason);
    reject(reason);
  };
  const passOn = () => end(signal?.reason);
  const stopTimer = system.startTimer(milliseconds, () => end(tooLate()));
  signal?.addEventListener("abort", passOn);
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    stopTimer();
    signal?.removeEventListener("abort", passOn);
  }
}
