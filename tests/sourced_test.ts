/**
 * Holds how environments are read, and how a wrong value is reported.
 */
import { assertEquals } from "@std/assert";
import { fromEnv, unexpected } from "../lib/sourced.ts";

Deno.test("fromEnv()", async (t) => {
  await t.step("takes the first that is set; an empty one is not", () => {
    const env = { FIRST: "", SECOND: "2", THIRD: "3" };
    assertEquals(fromEnv(env, "FIRST", "SECOND", "THIRD"), { value: "2", from: "SECOND" });
    assertEquals(fromEnv(env, "FIRST", "NONE"), undefined);
  });
});

Deno.test("unexpected()", async (t) => {
  await t.step("names where the value stands, the value, and what was expected", () => {
    assertEquals(unexpected({ value: "a\nb", from: "--x" }, "one line").message, '--x is "a\\nb"; expected one line');
  });
});
