/**
 * Tokens that AssumeRoleWithWebIdentity refuses; those it accepts are seen by the tests of `lib/aws/sts.ts`.
 */
import { assert } from "@std/assert";
import { GITHUB, GITHUB_ISSUER, oidcIssuer, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { assertRefused, assumeWithToken } from "./client.ts";

Deno.test("assumeRoleWithWebIdentity()", async (t) => {
  const invalid = "InvalidIdentityToken";
  const refused: readonly (readonly [string, string, string, number, string])[] = [
    ["another audience", GITHUB.mint({ aud: "https://github.com/octo-org" }), invalid, 400, "Incorrect token audience"],
    [
      "another subject",
      GITHUB.mint({ sub: "repo:evil/repo:ref:refs/heads/main" }),
      "AccessDenied",
      403,
      "Not authorized",
    ],
    ["an expired token", GITHUB.mint({ exp: 1_600_000_000 }), "ExpiredTokenException", 400, "date/time 1600000000"],
    [
      "an unknown issuer",
      GITHUB.mint({ iss: "https://gitlab.example.com" }),
      invalid,
      400,
      "No OpenIDConnect provider",
    ],
    ["a token signed with another key", oidcIssuer(GITHUB_ISSUER).mint({}), invalid, 400, "invalid signature"],
    ["what is not a token", "text", invalid, 400, "not a valid JWT"],
  ];
  for (const [name, token, code, status, message] of refused) {
    await t.step(`refuses ${name}, and knows it for a secret`, async () => {
      await using sts = await startSts();
      await assertRefused(assumeWithToken(sts, token), code, status, message);
      assert(sts.secrets().includes(token));
    });
  }

  await t.step("refuses a role that trusts no issuer", async () => {
    await using sts = await startSts();
    const call = assumeWithToken(sts, GITHUB.mint({}), TERRAFORM_ROLE.arn);
    await assertRefused(call, "AccessDenied", 403, "Not authorized to perform");
  });
});
