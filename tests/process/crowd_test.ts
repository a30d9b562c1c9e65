/**
 * Many jobs started at once, as by a CI matrix, against an STS that throttles.
 */
import { assertEquals } from "@std/assert";
import { callerEnv, crowd, firstOfEachCaller, startSts } from "../sts_server.ts";
import { job } from "./job.ts";

/** Without a command, and with a long timeout, since 100 processes compete for the processors. */
const PATIENT = ["--timeout=300", "-u"];

Deno.test("100 processes at once", async (t) => {
  await t.step("all succeed if the first two requests of each caller are throttled", async () => {
    const users = crowd(100);
    await using sts = await startSts({ users, faults: firstOfEachCaller(2, { kind: "throttle" }) });
    const results = await Promise.all(users.map((user) => job(sts, PATIENT, callerEnv(user))));
    const said = results.map(({ code, stdout, stderr }) => `${code} ${stderr}${stdout.replace(/ until .*Z\n$/, "")}`);
    const session = "arn:aws:sts::123456789012:assumed-role/terraform-role";
    assertEquals(said, users.map((_, index) => `0 ${session}/user-${index}`));
    assertEquals(sts.requests.length, 4 * users.length);
  });
});
