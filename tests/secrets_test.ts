import { assert, assertEquals } from "@std/assert";
import { escapeControls } from "../lib/errors.ts";
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

  const odd = 'with/"quotes"\\and\n\x1b\x9b\u202econtrols';
  const percent = encodeURIComponent(LONG);
  const encodings = [
    ["percent-encoded", LONG, percent],
    ["percent-encoded in lower case", LONG, percent.replace("%2F", "%2f").replace("%2B", "%2b")],
    ["percent-encoded in part", LONG, LONG.replace("+", "%2B")],
    ["percent-encoded twice", LONG, encodeURIComponent(percent)],
    [
      "truncated and percent-encoded",
      LONG,
      encodeURIComponent("a-secret/of-some+length").slice(0, 18),
      "a-secret/of-some+length",
    ],
    ["in JSON", odd, JSON.stringify(odd).slice(1, -1)],
    ["in JSON with more escapes", odd, JSON.stringify(odd).slice(1, -1).replaceAll("/", "\\/").replace("w", "\\u0077")],
    [
      "in JSON in a URL",
      odd,
      encodeURIComponent(JSON.stringify(odd).slice(1, -1).replace("\u009b", "\\u009b").replace("\u202e", "\\u202e")),
    ],
    ["with its controls escaped", odd, escapeControls(odd)],
  ] as const;
  for (const [what, secret, text, other] of encodings) {
    await t.step(`masks a secret ${what}`, () => {
      assertEquals(knowing(other ?? secret).hide(`a=${text}&b`), "a=***&b");
    });
  }

  await t.step("keeps JSON valid", () => {
    const secret = "a-secret-that-ends-with\\";
    assertEquals(JSON.parse(knowing(secret).hide(JSON.stringify([secret, "b"]))), ["***", "b"]);
  });

  await t.step("masks a short secret where it stands alone, and encoded", () => {
    const { hide } = knowing("minio/12");
    assertEquals(
      hide("minio/12 http://minio/12@host, minio%2f12, minio/123 and aminio/12"),
      "*** http://***@host, ***, minio/123 and aminio/12",
    );
    for (const user of ["", "a:", "ab:", "abc:"]) {
      const hidden = hide(new TextEncoder().encode(`${user}minio/12`).toBase64());
      assert(hidden.includes("***"), hidden);
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
    const { hide } = knowing("x", "", "1", "example");
    assertEquals(hide("x1 plain example"), "x1 plain example");
  });
});
