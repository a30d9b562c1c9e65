/**
 * Holds that whatever STS issues counts as secret. How asking goes is in `assume_test.ts`.
 */
import { assertEquals } from "@std/assert";
import { known } from "../../lib/aws/ask_sts.ts";
import { createReport } from "../../lib/report.ts";
import { Secrets } from "../../lib/secrets.ts";

Deno.test("known()", async (t) => {
  await t.step("makes secrets of both secret parts of credentials", () => {
    const secrets = new Secrets();
    const report = createReport({ writeStderr: () => {} }, false);
    const credentials = {
      accessKeyId: "ASIA",
      secretAccessKey: "a-secret-access-key",
      sessionToken: "a-session-token-it-is",
    };
    assertEquals(known({ report, secrets }, credentials), credentials);
    assertEquals(secrets.hide(Object.values(credentials).join(" ")), "ASIA *** ***");
  });
});
