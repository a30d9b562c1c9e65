/** Which access keys are accepted, and that a refusal shows none. */
import { assertEquals } from "@std/assert";
import { checkKeys, emptyVariable, exportedKeys, flawOf } from "../../lib/aws/keys.ts";
import { origin } from "../origin.ts";
import { refusal } from "../profile/profiles.ts";
import { ALICE, ROLE_SESSION } from "../sts_server.ts";

function check(id: string, secret: string, token?: string) {
  return checkKeys({
    id: { value: id, from: origin("ID") },
    secret: { value: secret, from: origin("SECRET") },
    token: token === undefined ? undefined : { value: token, from: origin("TOKEN") },
    tokenName: "TOKEN",
  });
}

Deno.test("checkKeys()", async (t) => {
  const { accessKeyId, secretAccessKey } = ALICE;

  await t.step("accepts keys of AWS and of other services", () => {
    const { accessKeyId, secretAccessKey, sessionToken } = ROLE_SESSION;
    assertEquals(check(accessKeyId, secretAccessKey, sessionToken).sessionToken, sessionToken);
    const others = [[ALICE.accessKeyId, ALICE.secretAccessKey], ["test", "test"], ["123456789012", "x"]] as const;
    for (const [id, secret] of [...others, ["my-minio", "minio_pass!"]] as const) {
      assertEquals(check(id, secret), { accessKeyId: id, secretAccessKey: secret });
    }
  });

  const rows = [
    [["", "x"], "ID is empty"],
    [["x", "x\r\n"], "SECRET ends with a line break"],
    [["x", "x", '"token"'], "TOKEN is quoted"],
    [[secretAccessKey, accessKeyId], "SECRET is an access key ID, not a secret access key; is it swapped with ID?"],
    [[accessKeyId, accessKeyId], "SECRET is an access key ID, not a secret access key"],
    [[secretAccessKey, secretAccessKey], "ID is a secret access key, not an access key ID"],
    [["ASIAX", "x"], "ID is a temporary access key (ASIA...), which needs its session token: TOKEN is not set"],
    [["ASIAX", "x", ""], "ID is a temporary access key (ASIA...), which needs its session token: TOKEN is empty"],
  ] as const;
  for (const [[id, secret, token], message] of rows) {
    await t.step(message, () => assertEquals(refusal(() => check(id, secret, token)), message));
  }
});

Deno.test("exportedKeys()", async (t) => {
  const keys = { AWS_ACCESS_KEY_ID: "AKIAEXPORTED", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
  const plain = { accessKeyId: "AKIAEXPORTED", secretAccessKey: "not-a-secret" };
  const token = { AWS_SESSION_TOKEN: "token" };
  const end = "2030-01-02T03:04:05Z";
  const empty = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

  const accepted = [
    ["reads keys, token and expiration", { ...keys, ...token, AWS_CREDENTIAL_EXPIRATION: end }, {
      ...plain,
      sessionToken: "token",
      expiration: new Date(end),
    }],
    ["ignores the expiration of keys without a token", { ...keys, AWS_CREDENTIAL_EXPIRATION: end }, plain],
    ["ignores an expiration that is not a date", { ...keys, ...token, AWS_CREDENTIAL_EXPIRATION: "soon" }, {
      ...plain,
      sessionToken: "token",
    }],
    ["reads the token under its older name", { ...keys, AWS_SECURITY_TOKEN: "old" }, { ...plain, sessionToken: "old" }],
    ["reads the older name last", { ...keys, ...token, AWS_SECURITY_TOKEN: "old" }, {
      ...plain,
      sessionToken: "token",
    }],
    [
      "ignores the older name beside a long-lived key",
      { ...keys, AWS_ACCESS_KEY_ID: ALICE.accessKeyId, AWS_SECURITY_TOKEN: "old" },
      { ...plain, accessKeyId: ALICE.accessKeyId },
    ],
    ["finds no keys in a token alone", token, undefined],
    ["ignores the empty token of long-lived keys", { ...keys, AWS_SESSION_TOKEN: "" }, plain],
    ["ignores empty keys if a profile is named", { ...empty, AWS_PROFILE: "p" }, undefined],
    ["ignores empty keys if a token file is named", { ...empty, AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }, undefined],
  ] as const;
  for (const [what, env, expected] of accepted) {
    await t.step(what, () => assertEquals(exportedKeys({ ...env }), expected));
  }

  const rows = [
    [empty, "AWS_ACCESS_KEY_ID is set but empty"],
    [
      { ...keys, AWS_ACCESS_KEY_ID: "ASIAEXPORTED", AWS_SESSION_TOKEN: "" },
      "AWS_ACCESS_KEY_ID is a temporary access key (ASIA...), which needs its session token: AWS_SESSION_TOKEN is empty",
    ],
    [
      { ...keys, AWS_ACCESS_KEY_ID: ALICE.accessKeyId, ...token },
      "AWS_SESSION_TOKEN is set, but AWS_ACCESS_KEY_ID is a long-lived access key (AKIA...), which has none",
    ],
    [{ AWS_SECRET_ACCESS_KEY: "x" }, "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not; set both or neither"],
    [{ AWS_ACCESS_KEY_ID: "x" }, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither"],
    [{ ...keys, AWS_SECRET_ACCESS_KEY: "" }, "AWS_SECRET_ACCESS_KEY is set but empty"],
    [{ ...keys, AWS_ACCESS_KEY_ID: "", AWS_PROFILE: "p" }, "AWS_ACCESS_KEY_ID is set but empty"],
    [{ ...keys, AWS_ACCESS_KEY_ID: "AKIAEXPORTED\n" }, "AWS_ACCESS_KEY_ID ends with a line break"],
    [{ ...keys, AWS_SECRET_ACCESS_KEY: "not-a-secret\r" }, "AWS_SECRET_ACCESS_KEY ends with a line break"],
    [{ ...keys, AWS_SESSION_TOKEN: "token " }, "AWS_SESSION_TOKEN ends with a space"],
  ] as const;
  for (const [env, message] of rows) {
    await t.step(message, () => assertEquals(refusal(() => exportedKeys({ ...env })), message));
  }
});

Deno.test("emptyVariable() says what an empty secret means in CI", () => {
  const hintIn = (env: Record<string, string>) => emptyVariable("KEY", env).hints.join();
  const hint = "in CI: is the secret missing, misspelled, or of another environment than the job's";
  assertEquals(hintIn({}), `${hint}?`);
  assertEquals(
    hintIn({ GITHUB_ACTIONS: "true" }),
    `${hint}; GitHub does not pass secrets to pull requests from forks?`,
  );
});

Deno.test("flawOf()", async (t) => {
  const rows = [
    ["is empty", [""]],
    ["is blank", [" \n"]],
    ["ends with a line break", ["x\n", "x\r\n", "x\n "]],
    ["ends with a space", ["x ", "x\t"]],
    ["begins with a line break", ["\nx"]],
    ["begins with a space", [" x"]],
    ["is quoted", ['"x"', "'x'", "`x`"]],
    ["begins with a quotation mark", ['"x']],
    ["ends with a quotation mark", ["x'"]],
    ["contains a line break", ["x\ny"]],
    ["contains a space", ["x y"]],
    ["contains a control character", ["x\u0000y"]],
    ["contains a character that is not ASCII", ["x\u200b", "é"]],
    [undefined, ["AKIA", "a/b+c==", "arn:aws:iam::123456789012:role/a'b", "~!"]],
  ] as const;
  await t.step("does not take a time that grows with the square of the line breaks", () => {
    assertEquals(flawOf(`x${"\n".repeat(1_000_000)}x`), "contains a line break");
  });

  for (const [flaw, texts] of rows) {
    for (const text of texts) {
      await t.step(`${JSON.stringify(text)} ${flaw ?? "is fine"}`, () => assertEquals(flawOf(text), flaw));
    }
  }
});
