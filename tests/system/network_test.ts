/**
 * A request goes out as it was given, and a redirect is returned, never followed. Certificate authorities are tested where a
 * server has one: AWS_CA_BUNDLE.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { network } from "../../lib/system/network.ts";
import { serve } from "../sts_server/http.ts";
import { inOwnProcess } from "./own_process.ts";

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
  for (const hostname of ["127.0.0.1", "localhost"]) {
    await t.step(`goes past HTTP_PROXY to ${hostname}, which the environment does not show`, async () => {
      await using server = await serve((request, response) => void response.end(request.url));
      const shown = await inOwnProcess(
        `const { network } = await import(${JSON.stringify(new URL("../../lib/system/network.ts", import.meta.url))});
        const response = await network.fetch("http://${hostname}:${server.port}/path", { direct: true });
        const answer = [await response.text(), Deno.env.get("NO_PROXY")];
        Deno.env.delete("NO_PROXY");
        console.log(JSON.stringify([...answer, network.proxyOf(new URL("${server.url}"))]));`,
        { HTTP_PROXY: "http://127.0.0.1:9999", NO_PROXY: "other.example" },
      );
      const proxy = { from: "HTTP_PROXY", host: "127.0.0.1:9999" };
      assertEquals(JSON.parse(shown), ["/path", "other.example", proxy]);
    });
  }
});
