import { assertEquals, assertThrows } from "@std/assert";
import { cacheFolder } from "../../lib/use/cache_file.ts";
import { ArarError } from "../../lib/errors.ts";

Deno.test("cacheFolder()", async (t) => {
  await t.step("cacheFolder() is where each system keeps caches", () => {
    const folders = [
      cacheFolder({ HOME: "/home/a" }, "linux"),
      cacheFolder({ HOME: "/home/a", XDG_CACHE_HOME: "/cache" }, "linux"),
      cacheFolder({ HOME: "/home/a", XDG_CACHE_HOME: "relative" }, "linux"),
      cacheFolder({ HOME: "/Users/a" }, "darwin"),
      cacheFolder({ HOME: "/Users/a", XDG_CACHE_HOME: "/cache" }, "darwin"),
      cacheFolder({ LOCALAPPDATA: "C:\\Users\\a\\AppData\\Local", HOME: "x" }, "windows"),
    ];
    assertEquals(folders, [
      "/home/a/.cache/arar",
      "/cache/arar",
      "/home/a/.cache/arar",
      "/Users/a/Library/Caches/arar",
      "/cache/arar",
      "C:\\Users\\a\\AppData\\Local\\arar",
    ]);
  });

  await t.step("cacheFolder() names what is missing", () => {
    assertThrows(() => cacheFolder({}, "linux"), ArarError, "HOME is not set");
    assertThrows(() => cacheFolder({ HOME: "/x" }, "windows"), ArarError, "LOCALAPPDATA is not set");
  });
});
