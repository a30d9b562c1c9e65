/** A CONNECT proxy on 127.0.0.1 that works, refuses, or requires a password. */

/** How it behaves. */
export type ProxyMood = "working" | "refusing" | { readonly password: string };

/** A running proxy. */
export interface Proxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** The targets it was asked for, in order. */
  readonly targets: readonly string[];
}

/** Starts a proxy; `password` is `user:secret` as in a URL. */
export function startProxy(mood: ProxyMood): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const targets: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const serving = (async () => {
    for await (const client of listener) {
      open.add(client);
      handle(client, mood, targets, open).catch(() => {}).finally(() => close(client));
    }
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    targets,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await serving;
    },
  };
}

async function handle(
  client: Deno.TcpConn,
  mood: ProxyMood,
  targets: string[],
  open: Set<Deno.TcpConn>,
): Promise<void> {
  const head = await readHead(client);
  const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1];
  if (target === undefined) return await say(client, "400 Bad Request");
  targets.push(target);
  if (mood === "refusing") return await say(client, "403 Forbidden");
  if (mood !== "working" && !head.includes(`Basic ${btoa(mood.password)}\r\n`)) {
    return await say(client, '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"');
  }
  const { hostname, port } = new URL(`http://${target}`);
  const server = await Deno.connect({ hostname, port: Number(port) });
  open.add(server);
  await say(client, "200 Connection established");
  await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
}

async function readHead(client: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n") && head.length < 20_000) {
    const count = await client.read(buffer);
    if (count === null) break;
    head += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return head;
}

async function say(client: Deno.TcpConn, status: string): Promise<void> {
  const length = status.startsWith("200") ? "" : "Content-Length: 0\r\n";
  await client.write(new TextEncoder().encode(`HTTP/1.1 ${status}\r\n${length}\r\n`));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already, by either side.
  }
}
