/**
 * Owns the proof that session tags clash and are inherited as STS has it.
 * Must not know arar.
 */
import { CHAINED_ROLE, startSts } from "../sts_server.ts";
import { assertRefused, assume } from "./client.ts";

Deno.test("checkTags()", async (t) => {
  const tag = (Key: string) => ({ Key, Value: "v" });
  const code = "InvalidParameterValue";

  await t.step("refuses keys that differ in case only", async () => {
    await using sts = await startSts();
    const call = assume(sts, { Tags: [tag("team"), tag("Team")] });
    await assertRefused(call, code, 400, "Duplicate tag keys found.");
  });

  await t.step("refuses a transitive key without its tag", async () => {
    await using sts = await startSts();
    const call = assume(sts, { TransitiveTagKeys: ["team"] });
    await assertRefused(call, code, 400, "must be included in the requested");
  });

  await t.step("refuses a key that the session inherits", async () => {
    await using sts = await startSts();
    const tags = { Tags: [tag("team"), tag("cost")] };
    const first = await assume(sts, { ...tags, TransitiveTagKeys: ["team"] });
    const next = { RoleArn: CHAINED_ROLE.arn };
    await assume(sts, { ...next, Tags: [tag("cost")] }, first);
    const call = assume(sts, { ...next, Tags: [tag("TEAM")] }, first);
    await assertRefused(call, code, 400, "conflicts with a transitive tag key");
  });
});
