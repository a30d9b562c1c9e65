/**
 * Owns the proof that a request counts only with the right key, token, signature and date.
 * Must not know arar.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ALICE, EXPIRED_SESSION, FEDERATED_USER, ROLE_SESSION, startSts } from "../sts_server.ts";
import { assertRefused, assume, whoAmI } from "./client.ts";

const INVALID_TOKEN = "The security token included in the request is invalid.";

describe("authenticate()", () => {
  it("refuses a wrong secret", async () => {
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

  it("refuses an unknown key", async () => {
    await using sts = await startSts();
    const nobody = { ...ALICE, accessKeyId: "AKIANOBODYXXXEXAMPLE" };
    const call = whoAmI(sts, nobody);
    await assertRefused(call, "InvalidClientTokenId", 403, INVALID_TOKEN);
  });

  it("refuses a token that is missing, another's, or not asked for", async () => {
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

  it("refuses an expired session", async () => {
    await using sts = await startSts();
    const message = "The security token included in the request is expired";
    const call = whoAmI(sts, EXPIRED_SESSION);
    await assertRefused(call, "ExpiredToken", 403, message);
  });

  it("refuses a request that was changed on the way", async () => {
    await using sts = await startSts();
    await assume(sts);
    const [signed] = sts.requests;
    assert(signed !== undefined);
    const { host: _, ...headers } = signed.headers;
    const send = async (params: Record<string, string>) => {
      const body = new URLSearchParams(params);
      const init = { method: "POST", headers, body };
      return await (await fetch(sts.url, init)).text();
    };
    assertStringIncludes(await send(signed.params), "<AssumeRoleResult>");
    const changed = { ...signed.params, RoleSessionName: "evil" };
    assertStringIncludes(await send(changed), "SignatureDoesNotMatch");
  });

  it("tells a clock that is off from a wrong secret, and its own clock", async () => {
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
