/** No client can keep the local server from answering others. */
import { assertEquals } from "@std/assert";
import { type ServedRequest, server } from "../../lib/system/server.ts";
import { skipUnless } from "../process/job.ts";

/** A server that says hello, closed when disposed. */
function serving(see: (request: ServedRequest) => void = () => {}) {
  const { port, close } = server.serve((request) => {
    see(request);
    return { status: 200, headers: { "cache-control": "no-store" }, body: "hello" };
  });
  const url = `http://127.0.0.1:${port}/`;
  return { port, url, close, get: async () => await (await fetch(url)).text(), [Symbol.dispose]: close };
}

Deno.test("serve()", async (t) => {
  await t.step("passes on method, path and the two headers, and sends the response", async () => {
    const seen: ServedRequest[] = [];
    using running = serving((request) => void seen.push(request));
    const response = await fetch(`${running.url}path?query`, { method: "POST", headers: { authorization: "token" } });
    const { status, headers } = response;
    assertEquals([status, headers.get("cache-control"), await response.text()], [200, "no-store", "hello"]);
    assertEquals(seen, [{
      method: "POST",
      path: "/path?query",
      headers: { authorization: "token", host: `127.0.0.1:${running.port}` },
    }]);
  });

  await t.step("listens on 127.0.0.1 only", async () => {
    using running = serving();
    const others = ["127.0.0.2", "::1"];
    const refused = await Promise.all(others.map(async (hostname) => {
      try {
        (await Deno.connect({ hostname, port: running.port })).close();
        return false;
      } catch {
        return true;
      }
    }));
    assertEquals(refused, [true, true]);
  });

  await t.step("disconnects a client that stops half way, and serves others meanwhile", async () => {
    using running = serving();
    const slow = await Deno.connect({ hostname: "127.0.0.1", port: running.port });
    await slow.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    assertEquals(await running.get(), "hello");
    assertEquals(await readToEnd(slow), "");
  });

  const isWine = Deno.env.has("WINEPREFIX");
  await t.step({
    name: "drops the connection that has waited longest for a new one",
    ignore: skipUnless(!isWine, "Wine takes longer for 300 connections than the server waits for a request"),
    fn: async () => {
      using running = serving();
      const connections: Deno.Conn[] = [];
      // One after the other, so that it is known which came first.
      while (connections.length < 300) {
        connections.push(await Deno.connect({ hostname: "127.0.0.1", port: running.port }));
      }
      // At once: the server gives no client more than two seconds for its request.
      await connections.at(-1)?.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
      const ends = connections.map((connection) => readToEnd(connection));
      await Promise.all(ends.slice(0, 44));
      assertEquals(await ends.at(-1), "HTTP/1.1 200 ");
      running.close();
      await Promise.all(ends);
    },
  });

  for (const [what, sent] of [["nothing", ""], ["half a request", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "]] as const) {
    await t.step(`answers every client beside 300 connections that send ${what} and reconnect`, async () => {
      using running = serving();
      await using crowd = holdOpen(running.port, 300, sent);
      await crowd.full;
      for (let count = 0; count < 20; count++) assertEquals(await running.get(), "hello");
    });
  }

  for (const [limit, inherited] of [[64, 0], [64, 24], [130, 0]] as const) {
    await t.step({
      name: `outlives 200 idle connections where only ${limit} files may be open, ${inherited} of them inherited`,
      ignore: skipUnless(Deno.build.os !== "windows", "Windows has no such limit"),
      fn: async () => {
        const module = JSON.stringify(new URL("../../lib/system/server.ts", import.meta.url).href);
        const script = `import { server } from ${module}; setTimeout(() => {}, 60_000);
          for (let count = 0; count < ${inherited}; count++) Deno.openSync(Deno.execPath());
          console.log((server.serve(() => ({ status: 200, headers: {}, body: "hello" }))).port);`;
        const child = new Deno.Command("sh", {
          args: ["-c", `ulimit -n ${limit}; exec "$0" eval --no-config --ext=ts "$1"`, Deno.execPath(), script],
          stdout: "piped",
        }).spawn();
        const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
        const port = Number((await reader.read()).value);
        const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
        const idle = await Promise.all(Array.from({ length: 200 }, connect));
        for (const _ of [1, 2, 3]) {
          assertEquals(await (await fetch(`http://127.0.0.1:${port}`)).text(), "hello");
        }
        for (const connection of idle) connection.close();
        child.kill("SIGKILL");
        await Promise.all([child.status, reader.cancel()]);
      },
    });
  }

  await t.step("closes open connections on close()", async () => {
    using running = serving();
    const idle = await Deno.connect({ hostname: "127.0.0.1", port: running.port });
    running.close();
    assertEquals(await readToEnd(idle), "");
  });
});

/** Keeps this many connections open that send only this text; reopens each that is closed. */
function holdOpen(port: number, count: number, sent: string) {
  const full = Promise.withResolvers<void>();
  const open = new Set<Deno.Conn>();
  let isOver = false;
  const hold = async () => {
    while (!isOver) {
      try {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        open.add(connection);
        await connection.write(new TextEncoder().encode(sent));
        if (open.size >= 250) full.resolve();
        await readToEnd(connection);
        open.delete(connection);
      } catch {
        // Closed while connecting.
      }
    }
  };
  const holders = Array.from({ length: count }, hold);
  return {
    full: full.promise,
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const connection of open) connection.close();
      await Promise.all(holders);
    },
  };
}

/** Returns the first line sent by the other side, once that has closed the connection. */
async function readToEnd(connection: Deno.Conn): Promise<string> {
  let text = "";
  try {
    const buffer = new Uint8Array(1024);
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    connection.close();
  } catch {
    // Reset, or closed by us.
  }
  return text.split("\r\n")[0] ?? "";
}
