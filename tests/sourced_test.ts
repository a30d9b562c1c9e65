/**
 * Holds how environments and durations are read. Must not know what a value is for.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { ArarError } from "../lib/errors.ts";
import { fromEnv, parseSeconds } from "../lib/sourced.ts";

Deno.test("fromEnv()", async (t) => {
  await t.step("takes the first that is set; an empty one is not", () => {
    const env = { FIRST: "", SECOND: "2", THIRD: "3" };
    assertEquals(fromEnv(env, "FIRST", "SECOND", "THIRD"), { value: "2", from: "SECOND" });
    assertEquals(fromEnv(env, "FIRST", "NONE"), undefined);
  });
});

Deno.test("parseSeconds()", async (t) => {
  const seconds = (value: string) => parseSeconds({ value, from: "--x" }, 10, 50_000);

  await t.step("reads seconds and durations", () => {
    const rows: readonly [string, number][] = [["10", 10], ["0900", 900], ["15m", 900], ["1h30m", 5400], [
      "1h1m1s",
      3661,
    ], ["45s", 45]];
    for (const [value, expected] of rows) assertEquals(seconds(value), expected, value);
  });

  await t.step("refuses what is unreadable", () => {
    for (const value of ["", " 10", "1.5", "-10", "1e3", "30m1h", "1h 30m", "h", "１０", "9".repeat(10)]) {
      assertThrows(() => seconds(value), ArarError, "it takes seconds, or a duration such as 15m or 1h30m");
    }
  });

  await t.step("refuses what is out of range, and says where it came from", () => {
    for (const value of ["9", "50001", "99999h"]) {
      assertThrows(() => seconds(value), ArarError, `--x is "${value}"; it takes 10 to 50000 seconds`);
    }
  });
});
