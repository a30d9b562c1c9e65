/**
 * Holds the version line. Must not know who asks.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { VERSION, versionLine } from "../lib/version.ts";

describe("VERSION", () => {
  it("is deno.json's", async () => {
    const config: { version: string } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
    assertEquals(VERSION, config.version);
  });
});

describe("versionLine()", () => {
  it("says what runs it", () => {
    const line = versionLine({ runtime: "deno 2.9.5, x86_64-unknown-linux-gnu" });
    assertEquals(line, `arar ${VERSION} (deno 2.9.5, x86_64-unknown-linux-gnu)\n`);
  });
});
