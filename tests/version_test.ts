import { assertEquals } from "@std/assert";
import { VERSION } from "../lib/version.ts";

Deno.test("VERSION", async (t) => {
  await t.step("is that of deno.json", async () => {
    const config: { version: string } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
    assertEquals(VERSION, config.version);
  });
});
