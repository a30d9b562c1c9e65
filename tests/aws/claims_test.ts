/** What is read from an OIDC token. */
import { assertEquals } from "@std/assert";
import { audiences, readClaims, stsAudience } from "../../lib/aws/claims.ts";
import { GITHUB } from "../sts_server.ts";

Deno.test("readClaims()", async (t) => {
  await t.step("reads a signed token, ignoring white space around it", () => {
    const claims = readClaims(` ${GITHUB.mint({ aud: "a", sub: "s" })}\n`);
    assertEquals([claims?.iss, claims?.aud, claims?.sub], [GITHUB.url, "a", "s"]);
  });

  await t.step("reads letters outside ASCII", () => {
    const payload = new TextEncoder().encode('{"sub":"Zoë"}').toBase64({ alphabet: "base64url", omitPadding: true });
    assertEquals(readClaims(`e30.${payload}.x`), { sub: "Zoë" });
  });

  for (const token of ["", "opaque", "a.b", "e30.e30.", "e30.W10.x", "e30.bnVsbA.x", "e30.e30.x.y"]) {
    await t.step(`refuses ${JSON.stringify(token)}`, () => assertEquals(readClaims(token), undefined));
  }
});

Deno.test("audiences() reads one, several or none", () => {
  const rows = [[{ aud: "a" }, ["a"]], [{ aud: ["a", 1, "b"] }, ["a", "b"]], [{}, []], [undefined, []]] as const;
  for (const [claims, expected] of rows) assertEquals(audiences(claims), expected);
});

Deno.test("stsAudience() is different in China", () => {
  const expected = ["sts.amazonaws.com", "sts.amazonaws.com.cn", "sts.amazonaws.com"];
  assertEquals(["aws", "aws-cn", undefined].map(stsAudience), expected);
});
