/**
 * Holds what of a signer is secret.
 */
import { assertEquals } from "@std/assert";
import { secretsOf, type Signer } from "../../lib/aws/signer.ts";

Deno.test("secretsOf()", async (t) => {
  const rows: readonly (readonly [string, Signer, readonly (string | undefined)[]])[] = [
    ["the secret and the token of keys", {
      kind: "keys",
      from: "test",
      credentials: { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" },
    }, ["secret", "token"]],
    ["a token that is at hand", {
      kind: "web-identity",
      token: { kind: "environment", name: "CI_TOKEN", token: "jwt" },
    }, ["jwt"]],
    ["what gets a token, without the scheme and without other headers", {
      kind: "web-identity",
      token: {
        kind: "request",
        of: "CI",
        method: "POST",
        url: "https://issuer.example/",
        headers: { authorization: "Token agent+TOKEN", "content-type": "application/json" },
        setup: "",
      },
    }, ["agent+TOKEN"]],
    ["nothing of a token yet to be read", { kind: "web-identity", token: { kind: "file", path: "/token" } }, []],
    ["nothing of a place that has to be asked", { kind: "container" }, []],
  ];
  for (const [what, signer, expected] of rows) {
    await t.step(`are ${what}`, () => assertEquals(secretsOf(signer), expected));
  }
});
