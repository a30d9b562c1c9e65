/**
 * Faults that clients must survive. Those that break a call are covered by the tests that expect it to fail.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Fault, startSts } from "../sts_server.ts";

Deno.test("send()", async (t) => {
  const answer = async (fault: Fault) => {
    await using sts = await startSts({ faults: [fault] });
    const response = await fetch(sts.url, { method: "POST" });
    return { type: response.headers.get("content-type"), text: await response.text() };
  };

  await t.step("sends another content type", async () => {
    assertEquals((await answer({ kind: "contentType", contentType: "application/json" })).type, "application/json");
  });

  await t.step("declares entities that would fill the memory if expanded", async () => {
    assertStringIncludes((await answer({ kind: "entities" })).text, '<!ENTITY f "&e;&e;');
  });
});
