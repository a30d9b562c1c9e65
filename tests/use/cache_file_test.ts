import { assertEquals, assertThrows } from "@std/assert";
import { cacheFolder } from "../../lib/use/cache_file.ts";
import { ArarError } from "../../lib/errors.ts";

Deno.test("cacheFolder()", async (t) => {
  await t.step("follows the convention of each operating system", () => {
    const rows = [
      ["linux", { HOME: "/home/a" }, "/home/a/.cache/arar"],
      ["linux", { HOME: "/home/a", XDG_CACHE_HOME: "/cache" }, "/cache/arar"],
      ["linux", { HOME: "/home/a", XDG_CACHE_HOME: "relative" }, "/home/a/.cache/arar"],
      ["darwin", { HOME: "/Users/a" }, "/Users/a/Library/Caches/arar"],
      ["darwin", { HOME: "/Users/a", XDG_CACHE_HOME: "/cache" }, "/cache/arar"],
      ["windows", { LOCALAPPDATA: "C:\\Local", HOME: "x" }, "C:\\Local\\arar"],
    ] as const;
    for (const [os, env, folder] of rows) assertEquals(cacheFolder({ ...env }, os), folder);
  });

  await t.step("names the missing variable", () => {
    assertThrows(() => cacheFolder({}, "linux"), ArarError, "HOME is not set");
    assertThrows(() => cacheFolder({ HOME: "/x" }, "windows"), ArarError, "LOCALAPPDATA is not set");
  });
});
