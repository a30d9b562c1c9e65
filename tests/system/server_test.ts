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

  await t.step("serve() lets nobody wait with half a request, and others meanwhile through", async () => {
    const running = await server.serve(() => ANSWER);
    const slow = await Deno.connect({ hostname: "127.0.0.1", port: running.port });
    await slow.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
    assertEquals(await (await fetch(`http://127.0.0.1:${running.port}/`)).text(), "hello");
    assertEquals(await readToEnd(slow), true);
    await running.close();
  });

  await t.step("serve() takes a limited number of connections, and new ones once others have ended", async () => {
    const running = await server.serve(() => ANSWER);
    const connections: Deno.Conn[] = [];
    // One after the other, so that it is known which come last.
    while (connections.length < 300) {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port: running.port }));
    }
    // Those beyond the limit are closed at once; the others wait for what they want.
    const ends = connections.map((connection) => ({ connection, ended: readToEnd(connection) }));
    await Promise.all(ends.slice(256).map(({ ended }) => ended));
    await Promise.all(
      ends.slice(0, 50).map(async ({ connection, ended }) => {
        await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        await ended;
      }),
    );
    assertEquals(await (await fetch(`http://127.0.0.1:${running.port}/`)).text(), "hello");
    await running.close();
    await Promise.all(ends.map(({ ended }) => ended));
  });

  await t.step("close() cuts open connections", async () => {
    const running = await server.serve(() => ANSWER);
    const idle = await Deno.connect({ hostname: "127.0.0.1", port: running.port });
    await running.close();
    assertEquals(await readToEnd(idle), true);
  });
});

/** Resolves once the other side has closed. */
async function readToEnd(connection: Deno.Conn): Promise<boolean> {
  try {
    const buffer = new Uint8Array(1024);
    while (await connection.read(buffer) !== null);
  } catch {
    // A reset is an end as well.
  }
  connection.close();
  return true;
}
