/**
 * Requests that STS refuses. Unknown keys, wrong secrets and expired sessions are in `process/sts_errors_test.ts`.
 */
import { assert, assertStringIncludes } from "@std/assert";
import { ALICE, FEDERATED_USER, type RecordedRequest, ROLE_SESSION, startSts, type StsServer } from "../sts_server.ts";
import { assertRefused, assume, whoAmI } from "./client.ts";

Deno.test("authenticate()", async (t) => {
  await t.step("refuses a token of other keys, and one with long-lived keys", async () => {
    await using sts = await startSts();
    const sessionToken = FEDERATED_USER.sessionToken ?? "";
    const message = "The security token included in the request is invalid.";
    for (const keys of [{ ...ROLE_SESSION, sessionToken }, { ...ALICE, sessionToken }]) {
      await assertRefused(whoAmI(sts, keys), "InvalidClientTokenId", 403, message);
    }
  });

  await t.step("refuses parameters and headers that are not signed as STS requires", async () => {
    await using sts = await startSts();
    const { headers, params } = await signedRequest(sts);
    assertStringIncludes(await resend(sts, headers, params), "<AssumeRoleResult>");
    assertStringIncludes(await resend(sts, headers, { ...params, RoleSessionName: "evil" }), "SignatureDoesNotMatch");
    const authorization = headers["authorization"] ?? "";
    const cases: readonly (readonly [Record<string, string>, string])[] = [
      [{ "x-amz-meta": "x" }, "'x-amz-meta' must be a 'SignedHeader' in the request."],
      [{ authorization: "Basic eDp4" }, "<Code>IncompleteSignature<"],
      [{ authorization: authorization.replace("/sts/", "/s3/") }, "scoped to correct service: 'sts'."],
      [{ authorization: authorization.replace(/\/\d{8}\//, "/20200101/") }, "Date in Credential scope does not match"],
      [{ authorization: authorization.replace("eu-west-1", "eu-west-2") }, "we calculated does not match"],
    ];
    for (const [change, message] of cases) {
      assertStringIncludes(await resend(sts, { ...headers, ...change }, params), message);
    }
  });

  await t.step("reports a date that is too early or too late", async () => {
    await using ahead = await startSts({ clockOffsetSeconds: 3600 });
    await using behind = await startSts({ clockOffsetSeconds: -3600 });
    await assertRefused(whoAmI(ahead, ALICE), "SignatureDoesNotMatch", 403, "Signature expired: ");
    await assertRefused(whoAmI(behind, ALICE), "SignatureDoesNotMatch", 403, "Signature not yet current: ");
  });
});

/** A request that the SDK signed, to be sent again. */
async function signedRequest(sts: StsServer): Promise<Pick<RecordedRequest, "headers" | "params">> {
  await assume(sts);
  const [signed] = sts.requests;
  assert(signed !== undefined);
  const { host: _, ...headers } = signed.headers;
  return { headers, params: signed.params };
}

async function resend(
  sts: StsServer,
  headers: Readonly<Record<string, string>>,
  params: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await fetch(sts.url, { method: "POST", headers, body: new URLSearchParams(params) });
  return await response.text();
}
