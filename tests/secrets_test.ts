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
  await t.step("masks secret variables", () => {
    const secrets = new Secrets();
    const env = { AWS_SECRET_ACCESS_KEY: LONG, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", OTHER: "sixteen-or-longer" };
    secrets.addEnv(env);
    assertEquals(secrets.hide(Object.values(env).join(" ")), "*** AKIAIOSFODNN7EXAMPLE sixteen-or-longer");
  });

  await t.step("masks every occurrence", () => {
    const { hide } = knowing(LONG, "sixteen.*letters+");
    assertEquals(hide(`${LONG} and "${LONG}", as sixteen.*letters+`), '*** and "***", as ***');
  });

  await t.step("masks a truncated secret of at least sixteen characters", () => {
    const { hide } = knowing(LONG);
    assertEquals(hide(`"${LONG.slice(0, 20)}..." ${LONG}${LONG}`), '"***..." ******');
    assertEquals(hide(LONG.slice(0, 15)), LONG.slice(0, 15));
  });

  await t.step("masks base64, also as part of more and in the URL alphabet", () => {
    const { hide } = knowing(LONG);
    for (const around of ["", "x", "xy", "user:"]) {
      const encoded = new TextEncoder().encode(`${around}${LONG}${around}`);
      for (const text of [encoded.toBase64(), encoded.toBase64({ alphabet: "base64url" })]) {
        const hidden = hide(`--header=${text}`);
        assert(hidden.includes("***") && hidden.length < 32, hidden);
      }
    }
  });

  await t.step("masks an MFA code, but not the same digits in an account ID", () => {
    const { hide } = knowing("123456");
    assertEquals(
      hide("code 123456, role arn:aws:iam::123456789012:role/a"),
      "code ***, role arn:aws:iam::123456789012:role/a",
    );
  });

  await t.step("masks an MFA code with or without its space", () => {
    assertEquals(knowing("805 724").hide("805 724 or 805724"), "*** or ***");
  });

  await t.step("masks an unknown web identity token, truncated or not", () => {
    const { hide } = new Secrets();
    assertEquals(hide(`--x is "${JWT}"; ${JWT.slice(0, 30)}...`), '--x is "***"; ***');
    assertEquals(hide("eyJ is how they begin"), "eyJ is how they begin");
  });

  await t.step("ignores values that are too short to be secret", () => {
    const { hide } = knowing("x", "", "1");
    assertEquals(hide("x1 plain text"), "x1 plain text");
  });
});
