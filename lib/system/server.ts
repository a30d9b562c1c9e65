/**
 * A small HTTP server that only this machine can reach.
 * It must not know what is served.
 *
 * @module
 */

/** What a client asked for. Nothing else of a request is handed on. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: {
    readonly authorization: string | undefined;
    readonly host: string | undefined;
  };
}

/** What it is told. */
export interface ServedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server that runs. */
export interface RunningServer {
  readonly port: number;
  /** Stops at once: open connections are cut. */
  close(): Promise<void>;
}

/** A small HTTP server. */
export interface Server {
  /** Serves on a free port of 127.0.0.1 and nowhere else. It does not keep the program alive by itself. */
  serve(answer: (request: ServedRequest) => ServedResponse): Promise<RunningServer>;
}

/** The real server. */
export const server: Server = { serve };

/** As many as a busy build may open at once; whoever comes after that is refused until one ends. */
const MAX_CONNECTIONS = 256;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_TIMEOUT = 5_000;

async function serve(answer: (request: ServedRequest) => ServedResponse): Promise<RunningServer> {
  // Deno.serve limits neither connections nor the time that headers take; node:http does both. Loaded on demand:
  // it costs as much as the whole start of Deno.
  const { createServer } = await import("node:http");
  const http = createServer({
    headersTimeout: REQUEST_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: 1_000,
  }, (incoming, outgoing) => {
    const { authorization, host } = incoming.headers;
    const response = answer({
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: { authorization, host },
    });
    // One request for each connection: an idle one would take the place of another client's.
    outgoing.writeHead(response.status, { ...response.headers, connection: "close" });
    outgoing.end(response.body);
  });
  http.maxConnections = MAX_CONNECTIONS;
  const port = await new Promise<number>((resolve, reject) => {
    // For good: an error that nobody hears would end the program, and the command with it.
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

function stop(http: { close(done: () => void): unknown; closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
