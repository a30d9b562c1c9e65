/** What is read from an OIDC token. */
import { assertEquals } from "@std/assert";
import { audiences, readClaims, stsAudience } from "../../lib/aws/claims.ts";
import { GITHUB } from "../sts_server.ts";

Deno.test("readClaims()", async (t) => {
  await t.step("reads a signed token, white space around it aside", () => {
    const claims = readClaims(` ${GITHUB.mint({ aud: "a", sub: "s" })}\n`);
    assertEquals([claims?.iss, claims?.aud, claims?.sub], [GITHUB.url, "a", "s"]);
  });

  await t.step("reads letters beyond ASCII", () => {
    const payload = new TextEncoder().encode('{"sub":"Zoë"}').toBase64({ alphabet: "base64url", omitPadding: true });
    assertEquals(readClaims(`e30.${payload}.x`), { sub: "Zoë" });
  });

  for (const token of ["", "opaque", "a.b", "e30.e30.", "e30.W10.x", "e30.bnVsbA.x", "e30.e30.x.y"]) {
    await t.step(`knows nothing of ${JSON.stringify(token)}`, () => assertEquals(readClaims(token), undefined));
  }
});

Deno.test("audiences() are one, several or none", () => {
  assertEquals(audiences({ aud: "a" }), ["a"]);
  assertEquals(audiences({ aud: ["a", 1, "b"] }), ["a", "b"]);
  assertEquals(audiences({}), []);
});

Deno.test("stsAudience() is another in China", () => {
  assertEquals(["aws", "aws-cn", undefined].map(stsAudience), [
    ...["sts.amazonaws.com", "sts.amazonaws.com.cn", "sts.amazonaws.com"],
  ]);
});
