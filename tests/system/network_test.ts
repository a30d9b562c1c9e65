/** Certificate authorities are tested together with AWS_CA_BUNDLE, in `aws/ca_bundle_test.ts`. */
import { assertEquals, assertRejects } from "@std/assert";
import { network } from "../../lib/system/network.ts";
import { serve } from "../sts_server/http.ts";
import { inOwnProcess } from "./own_process.ts";

Deno.test("fetch()", async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    await t.step(`returns a ${status} response without following it`, async () => {
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

  await t.step("sends method, headers and body", async () => {
    await using server = await serve((request, response, body) => {
      response.end(`${request.method} ${request.headers["x-a"]} ${new TextDecoder().decode(body)}`);
    });
    const init = { method: "PUT", headers: { "x-a": "1" }, body: "b", caCerts: [] };
    const response = await network.fetch(server.url, init);
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
    await t.step(`bypasses HTTP_PROXY for ${hostname}, and leaves the environment unchanged`, async () => {
      await using server = await serve((request, response) => void response.end(request.url));
      const shown = await inOwnProcess(
        `const { network } = await import(${JSON.stringify(new URL("../../lib/system/network.ts", import.meta.url))});
        const response = await network.fetch("http://${hostname}:${server.port}/path", { direct: true });
        const answer = [await response.text(), Deno.env.get("NO_PROXY")];
        Deno.env.delete("NO_PROXY");
        console.log(JSON.stringify([...answer, network.proxyOf(new URL("${server.url}"))]));`,
        { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "other.example" },
      );
      const proxy = { from: "HTTP_PROXY", host: "127.0.0.1:1" };
      assertEquals(JSON.parse(shown), ["/path", "other.example", proxy]);
    });
  }
});
