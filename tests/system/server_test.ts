/** The local server answers whoever sends a request, and nobody can shut others out. */
import { assertEquals } from "@std/assert";
import { type ServedRequest, server } from "../../lib/system/server.ts";

const ANSWER = { status: 200, headers: { "cache-control": "no-store" }, body: "hello" };

Deno.test("serve()", async (t) => {
  await t.step("serve() hands on method, path and the two headers, and gives the answer", async () => {
    const seen: ServedRequest[] = [];
    const running = await server.serve((request) => {
      seen.push(request);
      return ANSWER;
    });
    const url = `http://127.0.0.1:${running.port}`;
    const response = await fetch(`${url}/path?query`, { method: "POST", headers: { authorization: "token" } });
    assertEquals([response.status, response.headers.get("cache-control"), await response.text()], [
      200,
      "no-store",
      "hello",
    ]);
    assertEquals(seen, [{
      method: "POST",
      path: "/path?query",
      headers: { authorization: "token", host: `127.0.0.1:${running.port}` },
    }]);
    await running.close();
  });

  await t.step("serve() listens on 127.0.0.1 and nowhere else", async () => {
    const running = await server.serve(() => ANSWER);
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
    await running.close();
  });

  await t.step("serve() hangs up on a client that stops half way, and serves others meanwhile", async () => {
    const running = await server.serve(() => ANSWER);
    const slow = await Deno.connect({ hostname: "127.0.0.1", port: running.port });
    await slow.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    assertEquals(await (await fetch(`http://127.0.0.1:${running.port}/`)).text(), "hello");
    assertEquals(await readToEnd(slow), "HTTP/1.1 408 Request Timeout");
    await running.close();
  });

  await t.step("serve() drops the longest-waiting connection for a new one", async () => {
    const running = await server.serve(() => ANSWER);
    const connections: Deno.Conn[] = [];
    // One after the other, so that it is known which came first.
    while (connections.length < 300) {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port: running.port }));
    }
    const ends = connections.map((connection) => readToEnd(connection));
    await Promise.all(ends.slice(0, 44));
    const last = connections.at(-1);
    await last?.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    assertEquals(await ends.at(-1), "HTTP/1.1 200 OK");
    await running.close();
    await Promise.all(ends);
  });

  for (const [what, sent] of [["nothing", ""], ["half a request", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "]] as const) {
    await t.step(
      `serve() answers every client beside 300 connections that send ${what} and are opened anew`,
      async () => {
        const running = await server.serve(() => ANSWER);
        const answers: string[] = [];
        {
          await using crowd = holdOpen(running.port, 300, sent);
          await crowd.full;
          while (answers.length < 197) answers.push(await (await fetch(`http://127.0.0.1:${running.port}/`)).text());
        }
        assertEquals(answers.filter((answer) => answer !== "hello"), []);
        await running.close();
      },
    );
  }

  await t.step("close() cuts open connections", async () => {
    const running = await server.serve(() => ANSWER);
    const idle = await Deno.connect({ hostname: "127.0.0.1", port: running.port });
    await running.close();
    assertEquals(await readToEnd(idle), "");
  });
});

/** Keeps so many connections open that send only this, each replaced as soon as it is closed. */
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
        // Closed while it was being opened.
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

/** Resolves once the other side has closed: the first line that it sent. */
async function readToEnd(connection: Deno.Conn): Promise<string> {
  let text = "";
  try {
    const buffer = new Uint8Array(1024);
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    connection.close();
  } catch {
    // A reset is an end as well, and so is our own closing.
  }
  return text.split("\r\n")[0] ?? "";
}
