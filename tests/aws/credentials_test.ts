/** How credentials are shown. */
import { assertEquals } from "@std/assert";
import { formatExpiration, maskKeyId, readTime } from "../../lib/aws/credentials.ts";

Deno.test("maskKeyId() shows only the last four characters", () => {
  assertEquals(["AKIAIOSFODNN7EXAMPLE", "ABCD", "AB", ""].map(maskKeyId), ["****************MPLE", "ABCD", "AB", ""]);
});

Deno.test("formatExpiration() writes whole seconds in UTC, as STS does", () => {
  assertEquals(formatExpiration(new Date("2030-01-02T03:04:05.678+09:00")), "2030-01-01T18:04:05Z");
});

Deno.test("readTime() reads ISO 8601, and what JavaScript reads besides", () => {
  const [same, other] = ["2027-12-01T02:00:00.000Z", "2027-12-01T00:00:00.500Z"];
  const rows = [
    [same, "2027-12-01T02:00:00Z", "2027-12-01t02:00:00z", "20271201T020000Z", "2027-12-01T02:00:00+00:00"],
    [
      same,
      "2027-12-01 02:00:00+0000",
      "2027-12-01T04:00:00+02",
      "2027-12-01T02:00:00UTC",
      "Wed, 01 Dec 2027 02:00:00 GMT",
    ],
    [other, "2027-11-30T22:00:00.5-02:00", "20271201T020000,5+0200"],
    [undefined, "", "soon", "2027-13-01T02:00:00Z", "2027-12-01T02:00:00+2"],
  ] as const;
  for (const [expected, ...texts] of rows) {
    assertEquals(texts.map((text) => readTime(text)?.toISOString()), texts.map(() => expected));
  }
});
