/**
 * Owns the proof of what may be read off credentials and shown.
 * Must not know where credentials come from.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { formatExpiration, maskKeyId } from "../../lib/aws/credentials.ts";

describe("maskKeyId()", () => {
  const rows = [
    ["shows the last four characters", "AKIAIOSFODNN7EXAMPLE", "****************MPLE"],
    ["shows four characters that are all there are", "ABCD", "ABCD"],
    ["takes fewer", "AB", "AB"],
    ["takes none", "", ""],
  ] as const;
  for (const [what, keyId, expected] of rows) it(what, () => assertEquals(maskKeyId(keyId), expected));
});

describe("formatExpiration()", () => {
  it("writes whole seconds, as STS does", () => {
    assertEquals(formatExpiration(new Date("2030-01-02T03:04:05.678Z")), "2030-01-02T03:04:05Z");
  });

  it("writes UTC", () => {
    assertEquals(formatExpiration(new Date("2030-01-02T03:04:05+09:00")), "2030-01-01T18:04:05Z");
  });
});
