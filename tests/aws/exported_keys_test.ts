import { assertEquals } from "@std/assert";
import { exportedKeys } from "../../lib/aws/exported_keys.ts";
import { refusal } from "../profile/profiles.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIAEXPORTED", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
const PLAIN = { accessKeyId: "AKIAEXPORTED", secretAccessKey: "not-a-secret" };
const END = "2030-01-02T03:04:05Z";

Deno.test("exportedKeys()", async (t) => {
  await t.step("reads the keys, their token and when they end", () => {
    assertEquals(exportedKeys({ ...KEYS, AWS_SESSION_TOKEN: "token", AWS_CREDENTIAL_EXPIRATION: END }), {
      ...PLAIN,
      sessionToken: "token",
      expiration: new Date(END),
    });
  });

  await t.step("takes no end of keys without a token, nor one that is no date", () => {
    assertEquals(exportedKeys({ ...KEYS, AWS_CREDENTIAL_EXPIRATION: END }), PLAIN);
    const odd = { ...KEYS, AWS_SESSION_TOKEN: "token", AWS_CREDENTIAL_EXPIRATION: "soon" };
    assertEquals(exportedKeys(odd), { ...PLAIN, sessionToken: "token" });
  });

  await t.step(
    "finds none where none is set",
    () => assertEquals(exportedKeys({ AWS_SESSION_TOKEN: "token" }), undefined),
  );

  await t.step("takes an empty token for none, but with keys that need one", () => {
    assertEquals(exportedKeys({ ...KEYS, AWS_SESSION_TOKEN: "" }), PLAIN);
    const temporary = { ...KEYS, AWS_ACCESS_KEY_ID: "ASIAEXPORTED", AWS_SESSION_TOKEN: "" };
    assertEquals(refusal(() => exportedKeys(temporary)), "AWS_SESSION_TOKEN is set but empty");
  });

  const empty = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

  await t.step("refuses empty keys, unless another source is named", () => {
    assertEquals(refusal(() => exportedKeys(empty)), "AWS_ACCESS_KEY_ID is set but empty");
    assertEquals(
      refusal(() => exportedKeys({ ...empty, GITHUB_ACTIONS: "true" })),
      "AWS_ACCESS_KEY_ID is set but empty (GitHub gives no secrets to pull requests from forks)",
    );
    assertEquals(exportedKeys({ ...empty, AWS_PROFILE: "p" }), undefined);
    assertEquals(exportedKeys({ ...empty, AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }), undefined);
  });

  const rows = [
    [{ AWS_SECRET_ACCESS_KEY: "x" }, "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not; set both or neither"],
    [{ AWS_ACCESS_KEY_ID: "x" }, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither"],
    [{ ...KEYS, AWS_SECRET_ACCESS_KEY: "" }, "AWS_SECRET_ACCESS_KEY is set but empty"],
    [{ ...KEYS, AWS_ACCESS_KEY_ID: "", AWS_PROFILE: "p" }, "AWS_ACCESS_KEY_ID is set but empty"],
    [{ ...KEYS, AWS_ACCESS_KEY_ID: "AKIAEXPORTED\n" }, "AWS_ACCESS_KEY_ID ends with a line break"],
    [{ ...KEYS, AWS_SECRET_ACCESS_KEY: "not-a-secret\r" }, "AWS_SECRET_ACCESS_KEY ends with a line break"],
    [{ ...KEYS, AWS_SESSION_TOKEN: "token " }, "AWS_SESSION_TOKEN ends with a space"],
  ] as const;
  for (const [env, message] of rows) {
    await t.step(message, () => assertEquals(refusal(() => exportedKeys({ ...env })), message));
  }
});
