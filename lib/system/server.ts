/** A small HTTP server on the loopback interface. */

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

/** More connections than a busy build opens at once. */
const MAX_OPEN = 256;
/** How long a connection may take, in milliseconds. */
const TIME_LIMIT = 2_000;
/** The longest request line and headers, in bytes. */
const MAX_REQUEST = 16_384;

/** The open connections, the oldest first. */
type Connections = Set<Deno.TcpConn>;

/**
 * Serves on a free port of 127.0.0.1 only, one request per connection. The server does not keep the program alive.
 *
 * Not by node:http or Deno.serve: where no more files may be open, the one never again accepts a connection, without an
 * error; the other never drops a client that sends nothing.
 */
function serve(answer: (request: ServedRequest) => ServedResponse): RunningServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.unref();
  const open: Connections = new Set();
  let isOpen = true;
  const acceptAll = async () => {
    while (isOpen) {
      try {
        const connection = await listener.accept();
        // So a user of this machine who opens connections and sends nothing cannot block others.
        if (open.size >= MAX_OPEN) dropOldest(open);
        handle(connection, open, answer);
      } catch {
        // No more files may be open.
        if (isOpen && !dropOldest(open)) await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  acceptAll();
  return {
    port: listener.addr.port,
    close() {
      if (isOpen) listener.close();
      isOpen = false;
      while (dropOldest(open));
    },
  };
}

async function handle(connection: Deno.TcpConn, open: Connections, answer: (request: ServedRequest) => ServedResponse) {
  connection.unref();
  open.add(connection);
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

function dropOldest(open: Connections): boolean {
  const [oldest] = open;
  if (oldest) drop(open, oldest);
  return oldest !== undefined;
}
