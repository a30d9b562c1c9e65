/** What is shown of credentials, and when they expire. */
import { assertEquals } from "@std/assert";
import { formatExpiration, maskKeyId } from "../../lib/aws/credentials.ts";

Deno.test("maskKeyId()", async (t) => {
  const rows = [
    ["shows the last four characters", "AKIAIOSFODNN7EXAMPLE", "****************MPLE"],
    ["shows four characters that are all there are", "ABCD", "ABCD"],
    ["takes fewer", "AB", "AB"],
    ["takes none", "", ""],
  ] as const;
  for (const [what, keyId, expected] of rows) await t.step(what, () => assertEquals(maskKeyId(keyId), expected));
});

Deno.test("formatExpiration()", async (t) => {
  await t.step("writes whole seconds, as STS does", () => {
    assertEquals(formatExpiration(new Date("2030-01-02T03:04:05.678Z")), "2030-01-02T03:04:05Z");
  });

  await t.step("writes UTC", () => {
    assertEquals(formatExpiration(new Date("2030-01-02T03:04:05+09:00")), "2030-01-01T18:04:05Z");
  });
});
