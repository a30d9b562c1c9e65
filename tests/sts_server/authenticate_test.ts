/**
 * Owns the proof that a request counts only with the right key, token, signature and date.
 * Must not know arar.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ALICE,
  EXPIRED_SESSION,
  FEDERATED_USER,
  type RecordedRequest,
  ROLE_SESSION,
  startSts,
  type StsServer,
} from "../sts_server.ts";
import { assertRefused, assume, whoAmI } from "./client.ts";

const INVALID_TOKEN = "The security token included in the request is invalid.";

Deno.test("authenticate()", async (t) => {
  await t.step("refuses a wrong secret", async () => {
    await using sts = await startSts();
    const thief = { ...ALICE, secretAccessKey: `${ALICE.secretAccessKey}x` };
    const message = "The request signature we calculated does not match";
    await assertRefused(
      whoAmI(sts, thief),
      "SignatureDoesNotMatch",
      403,
      message,
    );
  });

  await t.step("refuses an unknown key", async () => {
    await using sts = await startSts();
    const nobody = { ...ALICE, accessKeyId: "AKIANOBODYXXXEXAMPLE" };
    const call = whoAmI(sts, nobody);
    await assertRefused(call, "InvalidClientTokenId", 403, INVALID_TOKEN);
  });

  await t.step("refuses a token that is missing, another's, or not asked for", async () => {
    await using sts = await startSts();
    const { accessKeyId, secretAccessKey } = ROLE_SESSION;
    const sessionToken = FEDERATED_USER.sessionToken ?? "";
    const wrong = [
      { accessKeyId, secretAccessKey },
      { accessKeyId, secretAccessKey, sessionToken },
      { ...ALICE, sessionToken },
    ];
    for (const keys of wrong) {
      const call = whoAmI(sts, keys);
      await assertRefused(call, "InvalidClientTokenId", 403, INVALID_TOKEN);
    }
  });

  await t.step("refuses an expired session", async () => {
    await using sts = await startSts();
    const message = "The security token included in the request is expired";
    const call = whoAmI(sts, EXPIRED_SESSION);
    await assertRefused(call, "ExpiredToken", 403, message);
  });

  await t.step("refuses a request that was changed on the way", async () => {
    await using sts = await startSts();
    const { headers, params } = await signedRequest(sts);
    assertStringIncludes(await resend(sts, headers, params), "<AssumeRoleResult>");
    const changed = { ...params, RoleSessionName: "evil" };
    assertStringIncludes(await resend(sts, headers, changed), "SignatureDoesNotMatch");
  });

  await t.step("refuses a header that is not signed, or not as STS wants it", async () => {
    await using sts = await startSts();
    const { headers, params } = await signedRequest(sts);
    const authorization = headers["authorization"] ?? "";
    const cases: [Record<string, string>, string][] = [
      [{ "x-amz-meta": "x" }, "'x-amz-meta' must be a 'SignedHeader' in the request."],
      [{ authorization: "Basic eDp4" }, "<Code>IncompleteSignature<"],
      [{ authorization: authorization.replace("/sts/", "/s3/") }, "scoped to correct service: 'sts'."],
      [{ authorization: authorization.replace(/\/\d{8}\//, "/20200101/") }, "Date in Credential scope does not match"],
      [{ authorization: authorization.replace("eu-west-1", "eu-west-2") }, "we calculated does not match"],
    ];
    for (const [change, message] of cases) {
      const answer = await resend(sts, { ...headers, ...change }, params);
      assertStringIncludes(answer, message);
    }
  });

  await t.step("tells a clock that is off from a wrong secret, and its own clock", async () => {
    await using ahead = await startSts({ clockOffsetSeconds: 3600 });
    await using behind = await startSts({ clockOffsetSeconds: -3600 });
    const code = "SignatureDoesNotMatch";
    await assertRefused(whoAmI(ahead, ALICE), code, 403, "Signature expired: ");
    const early = "Signature not yet current: ";
    await assertRefused(whoAmI(behind, ALICE), code, 403, early);
    assertEquals(await whoAmI(ahead, ALICE, 2), ALICE.arn);
    assertEquals(await whoAmI(behind, ALICE, 2), ALICE.arn);
  });
});

/** A request as the SDK signed it, to be sent again. */
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
  const body = new URLSearchParams(params);
  const response = await fetch(sts.url, { method: "POST", headers, body });
  return await response.text();
}
