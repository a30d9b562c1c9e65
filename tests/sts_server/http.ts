/**
 * The HTTP server of the test servers: listens on 127.0.0.1, reads bodies, and closes every connection, even hanging
 * ones.
 */
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";

/** A certificate and its key, PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** A running server. */
export interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers a request whose body has been read. */
export type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: Uint8Array) => void;

const BODY_LIMIT = 1_000_000;

/** Serves on any free port until stopped, of 127.0.0.1 by default, over https if there is a certificate. */
export async function serve(
  handler: Handler,
  { tls, hostname = "127.0.0.1" }: { readonly tls?: ServerTls | undefined; readonly hostname?: string | undefined } =
    {},
): Promise<Listener> {
  const onRequest: http.RequestListener = async (request, response) => {
    const body = await readBody(request);
    if (body !== undefined) handler(request, response, body);
  };
  const server = tls === undefined ? http.createServer(onRequest) : https.createServer({ ...tls }, onRequest);
  const sockets = trackSockets(server);
  server.listen(0, hostname);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error(`cannot tell the port of ${address}`);
  }
  const stop = onlyOnce(() => close(server, sockets));
  return {
    url: `${tls === undefined ? "http" : "https"}://${hostname}:${address.port}`,
    port: address.port,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The whole body, or undefined if the client went away or sent too much. */
async function readBody(request: http.IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > BODY_LIMIT) {
        request.socket.destroy();
        return undefined;
      }
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Keeps the sockets, so that hanging and half-answered connections end with the server. */
function trackSockets(server: http.Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Clients may go away.
    socket.on("error", () => {});
  });
  server.on("clientError", (_: Error, socket: Socket) => socket.destroy());
  server.on("tlsClientError", () => {});
  return sockets;
}

async function close(server: http.Server, sockets: Set<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** Both `stop()` and the end of `await using` may be reached. */
function onlyOnce(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => done ??= action();
}
