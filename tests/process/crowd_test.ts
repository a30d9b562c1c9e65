/**
 * Many jobs at the same moment, as a CI that fans out starts them, against an STS that throttles.
 */
import { assertEquals } from "@std/assert";
import { callerEnv, crowd, firstOfEachCaller, startSts } from "../sts_server.ts";
import { job } from "./job.ts";

/** Without a command, since 100 of those would be measured. They wait for each other's processors, which is not STS's doing. */
const PATIENT = ["--timeout=300", "-u"];

Deno.test("100 processes at once", async (t) => {
  await t.step("all succeed where the first two requests of each caller are throttled", async () => {
    const users = crowd(100);
    await using sts = await startSts({ users, faults: firstOfEachCaller(2, { kind: "throttle" }) });
    const results = await Promise.all(users.map((user) => job(sts, PATIENT, callerEnv(user))));
    const said = results.map(({ code, stdout, stderr }) => `${code} ${stderr}${stdout.replace(/ until .*Z\n$/, "")}`);
    const session = "arn:aws:sts::123456789012:assumed-role/terraform-role";
    assertEquals(said, users.map((_, index) => `0 ${session}/user-${index}`));
    assertEquals(sts.requests.length, 4 * users.length);
  });
});
