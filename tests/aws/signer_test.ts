/** Which parts of a signer are secret. */
import { assertEquals } from "@std/assert";
import { secretsOf, type Signer } from "../../lib/aws/signer.ts";
import { origin } from "../origin.ts";

Deno.test("secretsOf()", async (t) => {
  const rows: readonly (readonly [string, Signer, readonly (string | undefined)[]])[] = [
    ["the secret and the token of keys", {
      kind: "keys",
      from: origin("test"),
      credentials: { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" },
    }, ["secret", "token"]],
    ["a token in a variable", {
      kind: "web-identity",
      token: { kind: "environment", name: "CI_TOKEN", token: "jwt" },
    }, ["jwt"]],
    ["the credential that gets a token, without its scheme and other headers", {
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
    ["nothing of a token in a file", { kind: "web-identity", token: { kind: "file", path: "/token" } }, []],
    ["nothing of a container", { kind: "container" }, []],
  ];
  for (const [what, signer, expected] of rows) {
    await t.step(`are ${what}`, () => assertEquals(secretsOf(signer), expected));
  }
});
