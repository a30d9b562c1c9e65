/** How credentials are shown. */
import { assertEquals } from "@std/assert";
import { formatExpiration, maskKeyId } from "../../lib/aws/credentials.ts";

Deno.test("maskKeyId() shows only the last four characters", () => {
  assertEquals(["AKIAIOSFODNN7EXAMPLE", "ABCD", "AB", ""].map(maskKeyId), ["****************MPLE", "ABCD", "AB", ""]);
});

Deno.test("formatExpiration() writes whole seconds in UTC, as STS does", () => {
  assertEquals(formatExpiration(new Date("2030-01-02T03:04:05.678+09:00")), "2030-01-01T18:04:05Z");
});
