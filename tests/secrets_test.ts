/**
 * Holds which values are secret, and that texts are kept free of them. Must not know the texts.
 */
import { assertEquals } from "@std/assert";
import { hideSecrets, knownSecrets } from "../lib/secrets.ts";

const LONG = "a-secret-of-forty-characters/+EXAMPLEKEY";

Deno.test("knownSecrets()", async (t) => {
  await t.step("finds them by the names of variables, further ones included", () => {
    const env = { AWS_SECRET_ACCESS_KEY: LONG, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", ID_TOKEN: `${LONG}.jwt` };
    assertEquals(knownSecrets(env), [LONG]);
    assertEquals(knownSecrets(env, ["ID_TOKEN"]), [LONG, `${LONG}.jwt`]);
  });

  await t.step("counts an MFA code, short as it is", () => {
    assertEquals(knownSecrets({ ARAR_TOKEN_CODE: "794613" }), ["794613"]);
    assertEquals(knownSecrets({ ARAR_TOKEN_CODE: "1" }), []);
  });

  await t.step("leaves out what is too short to be one", () => {
    assertEquals(knownSecrets({ AWS_SECRET_ACCESS_KEY: "x", AWS_SESSION_TOKEN: "" }), []);
  });
});

Deno.test("hideSecrets()", async (t) => {
  await t.step("replaces each, wherever it stands", () => {
    assertEquals(hideSecrets(`${LONG} and "${LONG}", as regexp.*`, [LONG, "regexp.*"]), '*** and "***", as ***');
  });

  await t.step("replaces what a message has cut, from sixteen characters on", () => {
    assertEquals(hideSecrets(`"${LONG.slice(0, 20)}..." ${LONG}${LONG}`, [LONG]), '"***..." ******');
    assertEquals(hideSecrets(LONG.slice(0, 15), [LONG]), LONG.slice(0, 15));
  });

  await t.step("leaves everything else", () => assertEquals(hideSecrets("plain text", [LONG]), "plain text"));
});
