/**
 * What is said where SSO and login sessions do not serve. How they do, `tests/process/sso_test.ts` and `login_test.ts` prove: the
 * providers look into the home of the process.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { sdkHandler } from "../../../lib/aws/http.ts";
import type { SsoSettings } from "../../../lib/aws/signer.ts";
import { profileCredentials } from "../../../lib/aws/signers/sso.ts";
import { ArarError } from "../../../lib/errors.ts";

const CONTEXT = {
  handler: sdkHandler({ fetch: () => Promise.reject(new Error("nobody is to be called")) }),
  region: "eu-west-1",
};

const SSO: SsoSettings = {
  session: undefined,
  startUrl: "https://nobody.example.com/start",
  region: "eu-west-1",
  accountId: "123456789012",
  roleName: "reader",
};

async function refused(signer: Parameters<typeof profileCredentials>[0]) {
  const { message, hints } = await assertRejects(() => profileCredentials(signer, CONTEXT), ArarError);
  return { message, hints };
}

Deno.test("profileCredentials() of SSO", async (t) => {
  for (const session of [undefined, "nobody"]) {
    await t.step(`says how a session is started, ${session ? "named or not" : "by its start URL"}`, async () => {
      assertEquals(await refused({ kind: "profile", profile: "p", via: "sso", sso: { ...SSO, session } }), {
        message: 'cannot get the SSO credentials of profile "p": its session has expired or was never started',
        hints: ["run aws sso login --profile p"],
      });
    });
  }

  await t.step("refuses a name that the SDK would not find", async () => {
    const { message } = await refused({ kind: "profile", profile: "p", via: "sso", sso: { ...SSO, session: "a b" } });
    assertEquals(
      message,
      'cannot use sso_session "a b" of profile "p": the AWS SDK for JavaScript takes only A-Z a-z 0-9 _ @ + . % : / - in ' +
        "its name",
    );
  });
});

Deno.test("profileCredentials() of a login session", async (t) => {
  await t.step("says how one is started", async () => {
    const session = "arn:aws:iam::123456789012:user/nobody";
    assertEquals(await refused({ kind: "profile", profile: "p", via: "login", session, region: undefined }), {
      message: 'cannot get the login session of profile "p": it has expired or was never started',
      hints: ["run aws login --profile p"],
    });
  });
});
