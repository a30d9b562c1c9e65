/**
 * Holds which values are secret, and that texts are kept free of them.
 */
import { assert, assertEquals } from "@std/assert";
import { Secrets } from "../lib/secrets.ts";

const LONG = "a-secret-of-forty-characters/+EXAMPLEKEY";
const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

function knowing(...values: readonly string[]): Secrets {
  const secrets = new Secrets();
  for (const value of values) secrets.add(value);
  return secrets;
}

Deno.test("Secrets", async (t) => {
  await t.step("finds them by the names of variables", () => {
    const secrets = new Secrets();
    const env = { AWS_SECRET_ACCESS_KEY: LONG, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", OTHER: "sixteen-or-longer" };
    secrets.addEnv(env);
    assertEquals(secrets.hide(Object.values(env).join(" ")), "*** AKIAIOSFODNN7EXAMPLE sixteen-or-longer");
  });

  await t.step("replaces each, wherever it stands", () => {
    const { hide } = knowing(LONG, "sixteen.*letters+");
    assertEquals(hide(`${LONG} and "${LONG}", as sixteen.*letters+`), '*** and "***", as ***');
  });

  await t.step("replaces what a message has cut, from sixteen characters on", () => {
    const { hide } = knowing(LONG);
    assertEquals(hide(`"${LONG.slice(0, 20)}..." ${LONG}${LONG}`), '"***..." ******');
    assertEquals(hide(LONG.slice(0, 15)), LONG.slice(0, 15));
  });

  await t.step("replaces its base64, alone or within more, plain and for URLs", () => {
    const { hide } = knowing(LONG);
    for (const around of ["", "x", "xy", "user:"]) {
      const encoded = new TextEncoder().encode(`${around}${LONG}${around}`);
      for (const text of [encoded.toBase64(), encoded.toBase64({ alphabet: "base64url" })]) {
        const hidden = hide(`--header=${text}`);
        assert(hidden.includes("***") && hidden.length < 32, hidden);
      }
    }
  });

  await t.step("replaces an MFA code, but not the digits of an account id", () => {
    const { hide } = knowing("123456");
    assertEquals(
      hide("code 123456, role arn:aws:iam::123456789012:role/a"),
      "code ***, role arn:aws:iam::123456789012:role/a",
    );
  });

  await t.step("replaces a code that was given with a gap, with it and without", () => {
    assertEquals(knowing("805 724").hide("805 724 or 805724"), "*** or ***");
  });

  await t.step("replaces a web identity token that it does not know, cut or whole", () => {
    const { hide } = new Secrets();
    assertEquals(hide(`--x is "${JWT}"; ${JWT.slice(0, 30)}...`), '--x is "***"; ***');
    assertEquals(hide("eyJ is how they begin"), "eyJ is how they begin");
  });

  await t.step("passes over what is too short to be one", () => {
    const { hide } = knowing("x", "", "1");
    assertEquals(hide("x1 plain text"), "x1 plain text");
  });
});
