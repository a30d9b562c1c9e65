/** Whatever STS issues is secret. How calls go is in `assume_test.ts`. */
import { assertEquals } from "@std/assert";
import { addSecrets } from "../../lib/aws/ask_sts.ts";
import { Secrets } from "../../lib/secrets.ts";

Deno.test("addSecrets() registers both secret parts of credentials", () => {
  const secrets = new Secrets();
  const credentials = {
    accessKeyId: "ASIA",
    secretAccessKey: "a-secret-access-key",
    sessionToken: "a-longer-session-token",
  };
  assertEquals(addSecrets({ report: { found() {}, warn() {} }, secrets }, credentials), credentials);
  assertEquals(secrets.hide(Object.values(credentials).join(" ")), "ASIA *** ***");
});
