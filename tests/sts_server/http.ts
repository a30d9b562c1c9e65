/**
 * Owns the socket side of test servers: listening on 127.0.0.1, reading a body, ending every connection, hanging ones too.
 * Must not know what is served.
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

/** How to listen: any free port and plain http unless told otherwise. */
export interface ListenOptions {
  readonly port?: number | undefined;
  readonly tls?: ServerTls | undefined;
}

/** A server that listens. */
export interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers one request, whose body has been read. */
export type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: Uint8Array) => void;

const BODY_LIMIT = 1_000_000;

/** Serves until stopped. */
export async function serve(
  handler: Handler,
  { port = 0, tls }: ListenOptions = {},
): Promise<Listener> {
  const onRequest: http.RequestListener = async (request, response) => {
    const body = await readBody(request);
    if (body !== undefined) handler(request, response, body);
  };
  const server = tls === undefined ? http.createServer(onRequest) : https.createServer({ ...tls }, onRequest);
  const sockets = trackSockets(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error(`cannot tell the port of ${address}`);
  }
  const stop = onlyOnce(() => close(server, sockets));
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}`,
    port: address.port,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Everything sent, or undefined where the client went away or sent too much. */
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

/** Kept at hand, so that hanging and half-answered connections end with the server. */
function trackSockets(server: http.Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that goes away is the client's affair.
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

/** `stop()` and the end of `await using` may both be reached. */
function onlyOnce(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => done ??= action();
}
