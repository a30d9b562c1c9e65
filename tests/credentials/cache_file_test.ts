import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { cacheFolder } from "../../lib/credentials/cache_file.ts";
import { ArarError } from "../../lib/errors.ts";

describe("cacheFolder()", () => {
  it("cacheFolder() is where each system keeps caches", () => {
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

  it("cacheFolder() names what is missing", () => {
    assertThrows(() => cacheFolder({}, "linux"), ArarError, "HOME is not set");
    assertThrows(() => cacheFolder({ HOME: "/x" }, "windows"), ArarError, "LOCALAPPDATA is not set");
  });
});
