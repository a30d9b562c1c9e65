import { assertEquals } from "@std/assert";
import { checkKeys } from "../../lib/aws/keys.ts";
import { refusal } from "../profile/profiles.ts";
import { ALICE, ROLE_SESSION } from "../sts_server.ts";

function check(id: string, secret: string, token?: string) {
  return checkKeys({
    id: { value: id, from: "ID" },
    secret: { value: secret, from: "SECRET" },
    token: token === undefined ? undefined : { value: token, from: "TOKEN" },
  });
}

Deno.test("checkKeys()", async (t) => {
  const { accessKeyId, secretAccessKey } = ALICE;

  await t.step("takes keys of AWS, and those of anybody else", () => {
    const { sessionToken } = ROLE_SESSION;
    assertEquals(check(accessKeyId, secretAccessKey), { accessKeyId, secretAccessKey });
    assertEquals(
      check(ROLE_SESSION.accessKeyId, ROLE_SESSION.secretAccessKey, sessionToken).sessionToken,
      sessionToken,
    );
    for (const [id, secret] of [["test", "test"], ["123456789012", "x"], ["my-minio", "minio_pass!"]] as const) {
      assertEquals(check(id, secret), { accessKeyId: id, secretAccessKey: secret });
    }
  });

  const rows = [
    [["", "x"], "ID is empty"],
    [["x", "x\r\n"], "SECRET ends with a line break"],
    [["x", "x", '"token"'], "TOKEN is quoted"],
    [[secretAccessKey, accessKeyId], "SECRET holds an access key id, not a secret; is it swapped with ID?"],
    [[accessKeyId, accessKeyId], "SECRET holds an access key id, not a secret"],
    [[secretAccessKey, secretAccessKey], "ID holds a secret access key, not an access key id"],
  ] as const;
  for (const [[id, secret, token], message] of rows) {
    await t.step(message, () => assertEquals(refusal(() => check(id, secret, token)), message));
  }
});
