/** A small HTTP server on the loopback interface. */

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
  close(): void;
}

/** The real server. */
export const server = { serve };

/** More connections than a busy build opens at once, if so many files may be open. */
const MAX_OPEN = 256;
/** The limit of open files where none can be read (the usual one of macOS), and what arar itself has open then. */
const USUAL_FILES = 256;
const OWN_FILES = 24;
/** What arar may still open besides connections: Deno panics where it can open no more. */
const SPARE_FILES = 16;
/** How long a connection may take, and how long it may do so even if there is no room for another, in milliseconds. */
const TIME_LIMIT = 2_000;
const GRACE = 50;
/** The longest request line and headers, in bytes. */
const MAX_REQUEST = 16_384;

/** The open connections, the oldest first, and since when. */
type Connections = Map<Deno.TcpConn, number>;

/**
 * Serves on a free port of 127.0.0.1 only, one request per connection. The server does not keep the program alive.
 *
 * Not by node:http or Deno.serve: where no more files may be open, the one never again accepts a connection, without an
 * error; the other never drops a client that sends nothing.
 */
function serve(answer: (request: ServedRequest) => ServedResponse): RunningServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.unref();
  const open: Connections = new Map();
  const most = maxOpen();
  let isOpen = true;
  const acceptAll = async () => {
    while (isOpen) {
      try {
        const connection = await listener.accept();
        if (open.size >= most) await makeRoom(open);
        handle(connection, open, answer);
      } catch {
        // No more files may be open.
        if (isOpen) await makeRoom(open);
      }
    }
  };
  acceptAll();
  return {
    port: listener.addr.port,
    close() {
      if (isOpen) listener.close();
      isOpen = false;
      for (const connection of open.keys()) drop(open, connection);
    },
  };
}

/** How many connections may be open. */
function maxOpen(): number {
  const self = "/proc/self";
  const isReadable = Deno.build.os === "linux" && isGranted({ name: "read", path: self });
  const [, soft] = /^Max open files +(\d+)/m.exec(isReadable ? Deno.readTextFileSync(`${self}/limits`) : "") ?? [];
  // A caller may leave many open for arar.
  const used = isReadable ? [...Deno.readDirSync(`${self}/fd`)].length : OWN_FILES;
  return Math.min(MAX_OPEN, Math.max(4, Number(soft ?? USUAL_FILES) - used - SPARE_FILES));
}

async function handle(connection: Deno.TcpConn, open: Connections, answer: (request: ServedRequest) => ServedResponse) {
  connection.unref();
  open.set(connection, performance.now());
  const limit = setTimeout(() => drop(open, connection), TIME_LIMIT);
  Deno.unrefTimer(limit);
  try {
    const request = await readRequest(connection);
    if (request) await writeResponse(connection, answer(request));
  } catch {
    // It was dropped, or its client has gone.
  }
  clearTimeout(limit);
  drop(open, connection);
}

/** Undefined if the client closes the connection early, or sends what is no request. */
async function readRequest(connection: Deno.TcpConn): Promise<ServedRequest | undefined> {
  const bytes = new Uint8Array(MAX_REQUEST);
  for (let length = 0;;) {
    const count = await connection.read(bytes.subarray(length));
    if (!count) return undefined;
    length += count;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) continue;
    const [line = "", ...fields] = text.slice(0, end).split("\r\n");
    const [, method, path] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(line) ?? [];
    if (method === undefined || path === undefined) return undefined;
    const header = (name: string) =>
      fields.find((field) => field.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim();
    return { method, path, headers: { authorization: header("authorization"), host: header("host") } };
  }
}

async function writeResponse(connection: Deno.TcpConn, { status, headers, body }: ServedResponse): Promise<void> {
  const bytes = new TextEncoder().encode(body);
  const fields = { ...headers, "content-length": bytes.length, connection: "close" };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  // A reason phrase may be empty: https://www.rfc-editor.org/rfc/rfc9112#section-4
  const response = new TextEncoder().encode(`HTTP/1.1 ${status} \r\n${head}\r\n${body}`);
  for (let sent = 0; sent < response.length;) sent += await connection.write(response.subarray(sent));
}

function drop(open: Connections, connection: Deno.TcpConn): void {
  if (open.delete(connection)) connection.close();
}

/** Drops the oldest, so that a user of this machine who opens connections and sends nothing cannot block others. */
async function makeRoom(open: Connections): Promise<void> {
  const [[oldest, since] = [undefined, performance.now()]] = open;
  const wait = Math.max(0, since + GRACE - performance.now());
  await new Promise((resolve) => setTimeout(resolve, wait));
  if (oldest) drop(open, oldest);
}
