/** Tokens that AssumeRoleWithWebIdentity refuses. Those it accepts are in `tests/metadata_server_test.ts`. */
import { assert } from "@std/assert";
import { GITHUB, GITHUB_ISSUER, oidcIssuer, startSts } from "../sts_server.ts";
import { assertRefused, assumeWithToken } from "./client.ts";

Deno.test("assumeRoleWithWebIdentity()", async (t) => {
  const rows = [
    ["another audience", { aud: "https://github.com/octo-org" }, "InvalidIdentityToken", "Incorrect token audience"],
    ["an expired token", { exp: 1_600_000_000 }, "ExpiredTokenException", "date/time 1600000000"],
    ["an unknown issuer", { iss: "https://gitlab.example.com" }, "InvalidIdentityToken", "No OpenIDConnect provider"],
  ] as const;
  for (const [name, claims, code, message] of rows) {
    await t.step(`refuses ${name}`, async () => {
      await using sts = await startSts();
      await assertRefused(assumeWithToken(sts, GITHUB.mint(claims)), code, 400, message);
    });
  }

  await t.step("refuses a token signed with another key, and treats it as a secret", async () => {
    await using sts = await startSts();
    const token = oidcIssuer(GITHUB_ISSUER).mint({});
    await assertRefused(assumeWithToken(sts, token), "InvalidIdentityToken", 400, "invalid signature");
    assert(sts.secrets().includes(token));
  });
});
