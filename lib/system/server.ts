/** A small HTTP server on the loopback interface. */

import type { Socket } from "node:net";
import { isGranted } from "./environment.ts";

/** The parts of a request that are passed on. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: {
    readonly authorization: string | undefined;
    readonly host: string | undefined;
  };
}

/** The response to a request. */
export interface ServedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A running server. */
export interface RunningServer {
  readonly port: number;
  /** Stops at once and closes open connections. */
  close(): Promise<void>;
}

/** The real server. */
export const server = { serve };

/** More connections than a busy build opens at once, if so many files may be open. */
const MAX_WAITING = 256;
/** The limit of open files where none can be read: the usual one of macOS. */
const USUAL_FILES = 256;
/** What arar itself has open, with some to spare. */
const OWN_FILES = 32;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_TIMEOUT = 2_000;

/** Serves on a free port of 127.0.0.1 only. The server does not keep the program alive. */
async function serve(answer: (request: ServedRequest) => ServedResponse): Promise<RunningServer> {
  // Unlike Deno.serve, node:http can limit connections and the time that headers take. Imported on demand: loading
  // takes as long as Deno's start.
  const { createServer } = await import("node:http");
  const waiting = new Set<Socket>();
  const most = maxWaiting();
  const http = createServer({
    headersTimeout: REQUEST_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: 500,
  }, (incoming, outgoing) => {
    waiting.delete(incoming.socket);
    const { authorization, host } = incoming.headers;
    const request = { method: incoming.method ?? "", path: incoming.url ?? "", headers: { authorization, host } };
    const response = answer(request);
    // One request per connection: idle connections would crowd out other clients.
    outgoing.writeHead(response.status, { ...response.headers, connection: "close" });
    outgoing.end(response.body);
  });
  http.on("connection", (socket) => admit(waiting, most, socket));
  const port = await new Promise<number>((resolve, reject) => {
    // Never removed: an unhandled error would end arar, and the command with it.
    http.on("error", reject);
    http.listen({ port: 0, host: "127.0.0.1", backlog: most }, () => {
      const address = http.address();
      if (address === null || typeof address === "string") reject(new Error("no port"));
      else resolve(address.port);
    });
  });
  http.unref();
  return { port, close: () => stop(http) };
}

/**
 * A new connection replaces the one that has waited longest. So a user of this machine who opens connections and sends
 * nothing cannot block clients that send their request at once.
 */
function admit(waiting: Set<Socket>, most: number, socket: Socket): void {
  const [oldest] = waiting;
  if (oldest && waiting.size >= most) {
    waiting.delete(oldest);
    oldest.destroy();
  }
  waiting.add(socket);
  socket.once("close", () => waiting.delete(socket));
}

/**
 * How many connections may wait, and as many more be accepted at once. If that needed more files than may be open, Deno
 * would never again accept a connection, without an error.
 */
function maxWaiting(): number {
  const limits = "/proc/self/limits";
  const isReadable = Deno.build.os === "linux" && isGranted({ name: "read", path: limits });
  const [, soft] = /^Max open files +(\d+)/m.exec(isReadable ? Deno.readTextFileSync(limits) : "") ?? [];
  return Math.min(MAX_WAITING, Math.max(4, Math.floor((Number(soft ?? USUAL_FILES) - OWN_FILES) / 3)));
}

function stop(http: { close(done: () => void): unknown; closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
