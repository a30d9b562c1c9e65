/** A stand-in on 127.0.0.1 for the services that issue OIDC tokens to jobs, and a system that calls it over the real network. */
import type { System } from "../../../lib/system.ts";
import { realDial } from "../real_dial.ts";
import { type Listener, serve } from "../../sts_server/http.ts";
import { origin } from "../../origin.ts";

/** One request as it was received. */
export interface TokenAsked {
  readonly method: string | undefined;
  /** Path and query. */
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What is answered. */
export interface TokenAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A running stand-in. */
export interface TokenServer extends Listener {
  /** `HOST:PORT` */
  readonly host: string;
  /** Every request, in order. */
  readonly asked: readonly TokenAsked[];
}

/** Starts it; `await using` stops it. `undefined`: it never answers. */
export async function startTokenServer(answer: (count: number) => TokenAnswer | undefined): Promise<TokenServer> {
  const asked: TokenAsked[] = [];
  const listener = await serve(({ method, url, headers }, response, body) => {
    asked.push({ method, path: url, headers, body: new TextDecoder().decode(body) });
    const given = answer(asked.length);
    if (!given) return;
    response.writeHead(given.status ?? 200, given.headers).end(given.body);
  });
  return { ...listener, host: new URL(listener.url).host, asked };
}

/** A system whose pauses take no time and are recorded. */
export function tokenWorld(signal = new AbortController().signal) {
  const pauses: number[] = [];
  const sleep: System["sleep"] = (milliseconds) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return {
    pauses,
    signal,
    dial: realDial,
    // Makes pauses of 300, 600, 1200 and 2400 ms.
    randomBytes: (count: number) => new Uint8Array(count).fill(51),
    readTextFile: () => Promise.resolve(undefined),
    captureShell: (_command: string): Promise<{ stdout: string | undefined; code: number; signal: string | null }> =>
      Promise.reject(new Error("no shell here")),
    sleep,
  };
}

/** What `--audience` selects. */
export function wish(value: string) {
  return { audience: { value, from: origin("--audience") } };
}
