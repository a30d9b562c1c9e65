import { assertEquals } from "@std/assert";
import { fromEnv, unexpected } from "../lib/sourced.ts";
import { origin } from "./origin.ts";

Deno.test("fromEnv()", async (t) => {
  await t.step("returns the first variable that is set and not empty", () => {
    const env = { FIRST: "", SECOND: "2", THIRD: "3" };
    assertEquals(fromEnv(env, "FIRST", "SECOND", "THIRD"), { value: "2", from: origin("SECOND") });
    assertEquals(fromEnv(env, "FIRST", "NONE"), undefined);
  });
});

Deno.test("unexpected()", async (t) => {
  await t.step("names the origin, the value and what was expected", () => {
    assertEquals(
      unexpected({ value: "a\nb", from: origin("--x") }, "one line").message,
      '--x is "a\\nb"; expected one line',
    );
  });
});
