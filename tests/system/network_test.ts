/**
 * A request goes out as it was given, and a redirect is returned, never followed. Certificate authorities are tested where a
 * server has one: AWS_CA_BUNDLE.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { network } from "../../lib/system/network.ts";
import { serve } from "../sts_server/http.ts";

Deno.test("fetch()", async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    await t.step(`answers ${status}, and does not go there`, async () => {
      const paths: (string | undefined)[] = [];
      await using server = await serve((request, response) => {
        paths.push(request.url);
        response.writeHead(status, { location: "/elsewhere" }).end();
      });
      const response = await network.fetch(server.url, { method: "POST", body: "secret" });
      await response.body?.cancel();
      assertEquals([response.status, paths], [status, ["/"]]);
    });
  }

  await t.step("hands on method, headers and body", async () => {
    await using server = await serve((request, response, body) => {
      response.end(`${request.method} ${request.headers["x-a"]} ${new TextDecoder().decode(body)}`);
    });
    const response = await network.fetch(server.url, {
      method: "PUT",
      headers: { "x-a": "1" },
      body: "b",
      caCerts: [],
    });
    assertEquals(await response.text(), "PUT 1 b");
  });

  await t.step("ends when its signal is aborted", async () => {
    await using server = await serve(() => {});
    const controller = new AbortController();
    const fetching = network.fetch(server.url, { signal: controller.signal });
    controller.abort(new RangeError("stopped"));
    await assertRejects(() => fetching, RangeError, "stopped");
  });
});

Deno.test("fetch() direct", async (t) => {
  const before = { HTTP_PROXY: Deno.env.get("HTTP_PROXY"), NO_PROXY: Deno.env.get("NO_PROXY") };
  const set = (env: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };

  for (const hostname of ["127.0.0.1", "localhost"]) {
    await t.step(`goes past HTTP_PROXY to ${hostname}, which the environment does not show`, async () => {
      await using server = await serve((request, response) => void response.end(request.url));
      try {
        set({ HTTP_PROXY: "http://127.0.0.1:9999", NO_PROXY: "other.example" });
        const response = await network.fetch(`http://${hostname}:${server.port}/path`, { direct: true });
        assertEquals([await response.text(), Deno.env.get("NO_PROXY")], ["/path", "other.example"]);
        set({ NO_PROXY: undefined });
        assertEquals(network.proxyOf(new URL(server.url)), { from: "HTTP_PROXY", host: "127.0.0.1:9999" });
      } finally {
        set(before);
      }
    });
  }
});
