/**
 * Why SSO and login sessions fail. That they work is tested in `tests/process/sso_test.ts` and `login_test.ts`: the providers
 * read the home folder of the process.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { sdkHandler } from "../../../lib/aws/http.ts";
import type { ProfileSigner } from "../../../lib/aws/signer.ts";
import { profileCredentials } from "../../../lib/aws/signers/sso.ts";
import { ArarError } from "../../../lib/errors.ts";
import { noDial } from "../real_dial.ts";

const CONTEXT = {
  handler: sdkHandler(noDial),
  region: "eu-west-1",
};

function sso(session: string | undefined) {
  const portal = { startUrl: "https://nobody.example.com/start", region: "eu-west-1" };
  const role = { accountId: "123456789012", roleName: "reader" };
  return { kind: "profile", profile: "p", via: "sso", sso: { session, ...portal, ...role } } as const;
}

Deno.test("profileCredentials()", async (t) => {
  const session = "arn:aws:iam::123456789012:user/nobody";
  const neverStarted = [
    'cannot get the SSO credentials of profile "p": its session has expired or was never started',
    "run aws sso login --profile p",
  ];
  const rows: readonly (readonly [string, Exclude<ProfileSigner, { via: "process" }>, readonly string[]])[] = [
    ["an SSO session named by its start URL", sso(undefined), neverStarted],
    ["a named SSO session", sso("nobody"), neverStarted],
    ["a session name that the SDK would not find", sso("a b"), [
      'cannot use sso_session "a b" of profile "p": the AWS SDK for JavaScript accepts only A-Z a-z 0-9 _ @ + . % : / - in ' +
      "its name",
    ]],
    ["a login session", { kind: "profile", profile: "p", via: "login", session, region: undefined }, [
      'cannot get the login session of profile "p": it has expired or was never started',
      "run aws login --profile p",
    ]],
  ];
  for (const [what, signer, lines] of rows) {
    await t.step(`explains ${what}`, async () => {
      const { message, hints } = await assertRejects(() => profileCredentials(signer, CONTEXT), ArarError);
      assertEquals([message, ...hints], lines);
    });
  }
});
