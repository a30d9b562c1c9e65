/**
 * What no other program can check here: GetScopedCredentials, which neither botocore nor moto have yet, and the size of
 * session tokens.
 */
import { GetScopedCredentialsCommand, type GetScopedCredentialsCommandInput } from "@aws-sdk/client-sts";
import { assert, assertEquals } from "@std/assert";
import { ALICE, EXPIRED_SESSION, FEDERATED_USER, ROLE_SESSION, ROOT, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { assertRefused, assume, client, type Keys, keysOf, whoAmI } from "./client.ts";

type Sts = { readonly url: string };

const POLICY = JSON.stringify({ Version: "2012-10-17", Statement: [] });

async function scope(sts: Sts, keys: Keys, input: GetScopedCredentialsCommandInput) {
  const output = await client(sts, keys).send(new GetScopedCredentialsCommand(input));
  return { output, ...keysOf(output) };
}

Deno.test("getScopedCredentials()", async (t) => {
  await t.step("returns other keys for the same session", async () => {
    await using sts = await startSts();
    const session = await assume(sts);
    const narrowed = await scope(sts, session, { Policy: POLICY });
    const arn = "arn:aws:sts::123456789012:assumed-role/terraform-role/test";
    const { SessionInfo, ScopedPoliciesCount, SessionTokenUtilization, Credentials } = narrowed.output;
    assertEquals(SessionInfo, { Arn: arn, ScopedSessionId: `${TERRAFORM_ROLE.roleId}:test` });
    assertEquals(ScopedPoliciesCount, 1);
    assert((SessionTokenUtilization ?? 0) > (session.output.SessionTokenUtilization ?? 100));
    assertEquals(Credentials?.Expiration, session.output.Credentials?.Expiration);
    assert(narrowed.accessKeyId !== session.accessKeyId && sts.secrets().includes(narrowed.sessionToken));
    assertEquals(await whoAmI(sts, narrowed), arn);
  });

  await t.step("expires no later than the session itself", async () => {
    await using sts = await startSts();
    const session = await assume(sts, { DurationSeconds: 900 });
    const { output } = await scope(sts, session, { DurationSeconds: 60 });
    const [end = 0, theirs = 0] = [session, { output }].map(({ output }) => output.Credentials?.Expiration?.getTime());
    assert(theirs < end && output.ScopedPoliciesCount === 0);
    const call = scope(sts, session, { DurationSeconds: 1000 });
    await assertRefused(call, "InsufficientSessionLifetime", 400, "remaining lifetime");
  });

  await t.step("narrows temporary credentials only", async () => {
    await using sts = await startSts();
    for (const caller of [ROLE_SESSION, FEDERATED_USER]) {
      assertEquals(await whoAmI(sts, await scope(sts, caller, { Policy: POLICY })), caller.arn);
    }
    for (const caller of [ALICE, ROOT]) {
      await assertRefused(scope(sts, caller, { Policy: POLICY }), "AccessDenied", 403, "with long-term credentials");
    }
    await assertRefused(scope(sts, EXPIRED_SESSION, { Policy: POLICY }), "ExpiredToken", 403, "expired");
  });

  await t.step("combines up to three policies", async () => {
    await using sts = await startSts();
    const first = await scope(sts, ROLE_SESSION, { Policy: POLICY });
    const third = await scope(sts, await scope(sts, first, { Policy: POLICY }), { Policy: POLICY });
    assertEquals(third.output.ScopedPoliciesCount, 3);
    await assertRefused(scope(sts, third, { Policy: POLICY }), "AccessDenied", 403, "at most 3");
    assertEquals((await scope(sts, third, { DurationSeconds: 60 })).output.ScopedPoliciesCount, 3);
  });

  await t.step("refuses an invalid policy, a long one, and a request for nothing", async () => {
    await using sts = await startSts();
    const long = JSON.stringify({ Id: "x".repeat(2000) });
    const twice = await scope(sts, await scope(sts, ROLE_SESSION, { Policy: long }), { Policy: long });
    const rows: readonly (readonly [Keys, GetScopedCredentialsCommandInput, string, string])[] = [
      [ROLE_SESSION, { Policy: "{" }, "MalformedPolicyDocument", "invalid Json"],
      [ROLE_SESSION, { Policy: "x".repeat(2049) }, "ValidationError", "less than or equal to 2048"],
      [ROLE_SESSION, {}, "ValidationError", "At least one of"],
      [twice, { Policy: long }, "PackedPolicyTooLarge", "Packed policy consumes 148% of allotted space"],
    ];
    for (const [keys, input, code, message] of rows) await assertRefused(scope(sts, keys, input), code, 400, message);
  });
});

Deno.test("assumeRole()", async (t) => {
  await t.step("returns the size of the session token, and that of policies and tags", async () => {
    await using sts = await startSts();
    const { output } = await assume(sts);
    assert((output.SessionTokenUtilization ?? 0) > 0 && output.PackedPolicySize === undefined);
    assertEquals((await assume(sts, { Policy: POLICY })).output.PackedPolicySize, 1);
  });

  await t.step("refuses too many tags, and an ARN that is not that of a role", async () => {
    await using sts = await startSts();
    const Tags = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: "v".repeat(100) }));
    await assertRefused(assume(sts, { Tags }), "PackedPolicyTooLarge", 400, "Packed policy consumes 126% of allotted");
    await assertRefused(assume(sts, { RoleArn: ALICE.arn }), "ValidationError", 400, `${ALICE.arn} is invalid`);
  });
});
