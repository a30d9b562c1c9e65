/**
 * A small HTTP server that only this machine can reach.
 *
 * @module
 */

import type { Socket } from "node:net";

/** What a client asked for; nothing else of a request is passed on. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: {
    readonly authorization: string | undefined;
    readonly host: string | undefined;
  };
}

/** The answer to it. */
export interface ServedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A running server. */
export interface RunningServer {
  readonly port: number;
  /** Stops at once; open connections are cut. */
  close(): Promise<void>;
}

/** A small HTTP server. */
export interface Server {
  /** Serves on a free port of 127.0.0.1 and nowhere else. It does not keep the program alive. */
  serve(answer: (request: ServedRequest) => ServedResponse): Promise<RunningServer>;
}

/** The real server. */
export const server: Server = { serve };

/** More than a busy build opens at once. */
const MAX_WAITING = 256;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_TIMEOUT = 2_000;

async function serve(answer: (request: ServedRequest) => ServedResponse): Promise<RunningServer> {
  // Deno.serve limits neither connections nor the time that headers take; node:http can. Loaded on demand: it takes as long
  // as Deno's whole start.
  const { createServer } = await import("node:http");
  const waiting = new Set<Socket>();
  const http = createServer({
    headersTimeout: REQUEST_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: 500,
  }, (incoming, outgoing) => {
    waiting.delete(incoming.socket);
    const { authorization, host } = incoming.headers;
    const response = answer({
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: { authorization, host },
    });
    // One request per connection: idle ones would crowd out other clients.
    outgoing.writeHead(response.status, { ...response.headers, connection: "close" });
    outgoing.end(response.body);
  });
  http.on("connection", (socket) => admit(waiting, socket));
  const port = await new Promise<number>((resolve, reject) => {
    // Never removed: an unhandled error would end the program, and the command with it.
    http.on("error", reject);
    http.listen(0, "127.0.0.1", () => {
      const address = http.address();
      if (address === null || typeof address === "string") {
        reject(new Error("no port"));
      } else resolve(address.port);
    });
  });
  http.unref();
  return { port, close: () => stop(http) };
}

/**
 * The longest-waiting connection makes room for a new one: those who open connections and send nothing, as other users of the
 * machine can, shut nobody out who sends a request at once.
 */
function admit(waiting: Set<Socket>, socket: Socket): void {
  const [oldest] = waiting;
  if (oldest && waiting.size >= MAX_WAITING) {
    waiting.delete(oldest);
    oldest.destroy();
  }
  waiting.add(socket);
  socket.once("close", () => waiting.delete(socket));
}

function stop(http: { close(done: () => void): unknown; closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
