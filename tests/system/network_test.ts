/**
 * Owns the proof that a request goes out as it was given, and that a redirect is answered, never followed.
 * Must not know what is asked of whom. Certificate authorities are proved where a server has one: AWS_CA_BUNDLE.
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
