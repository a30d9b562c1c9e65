import { assertEquals } from "@std/assert";
import { VERSION, versionLine } from "../lib/version.ts";

Deno.test("VERSION", async (t) => {
  await t.step("is that of deno.json", async () => {
    const config: { version: string } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
    assertEquals(VERSION, config.version);
  });
});

Deno.test("versionLine()", async (t) => {
  await t.step("names the runtime", () => {
    const line = versionLine({ runtime: "deno 2.9.5, x86_64-unknown-linux-gnu" });
    assertEquals(line, `arar ${VERSION} (deno 2.9.5, x86_64-unknown-linux-gnu)\n`);
  });
});
