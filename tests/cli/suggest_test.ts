import { assertEquals } from "@std/assert";
import { closest } from "../../lib/cli/suggest.ts";

Deno.test("closest()", async (t) => {
  const known = ["region", "role-arn", "role-session-name", "username-session", "print", "profile"];
  const rows = [
    ["a missing letter", "regon", "region"],
    ["swapped letters", "regoin", "region"],
    ["capitals", "Region", "region"],
    ["the beginning of one name", "user", "username-session"],
    ["the beginning of several names, the shortest", "role", "role-arn"],
    ["a missing word", "user-session", "username-session"],
    ["nothing for a name that is not close to any", "frobnicate", undefined],
    ["nothing for an empty name", "", undefined],
  ] as const;
  for (const [what, typed, expected] of rows) {
    await t.step(`finds ${what}`, () => assertEquals(closest(typed, known), expected));
  }
});
