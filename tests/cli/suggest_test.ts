/**
 * Holds which name a mistyped one is taken for.
 */
import { assertEquals } from "@std/assert";
import { closest } from "../../lib/cli/suggest.ts";

Deno.test("closest()", async (t) => {
  const known = ["region", "role-arn", "role-session-name", "username-session", "print", "profile"];
  const rows = [
    ["a letter left out", "regon", "region"],
    ["letters swapped", "regoin", "region"],
    ["the beginning of one name", "user", "username-session"],
    ["the beginning of several, the shortest", "role", "role-arn"],
    ["a word left out", "user-session", "username-session"],
    ["nothing that is close", "frobnicate", undefined],
    ["nothing at all", "", undefined],
  ] as const;
  for (const [what, typed, expected] of rows) {
    await t.step(`knows ${what}`, () => assertEquals(closest(typed, known), expected));
  }
});
