/** Time limits: what they abort, and that no timer is left. */
import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError, limited } from "../../lib/aws/deadline.ts";
import { fakeClock } from "./fake_clock.ts";

const forever = () => new Promise<never>(() => {});

Deno.test("limited()", async (t) => {
  const limit = { milliseconds: 30_000, tooLate: () => new DeadlineError(30) };

  await t.step("returns what the work returns, throws what it throws, and leaves no timer", async () => {
    const clock = fakeClock();
    assertEquals(await limited(clock, limit, () => Promise.resolve("done")), "done");
    await assertRejects(() => limited(clock, limit, () => Promise.reject(new RangeError("no"))), RangeError, "no");
    assertEquals(clock.timers(), []);
  });

  await t.step("gives up when the time is up, not before, and aborts the work with the same error", async () => {
    const clock = fakeClock();
    const aborted: unknown[] = [];
    const working = limited(clock, limit, (signal) => {
      signal.addEventListener("abort", () => aborted.push(signal.reason));
      return forever();
    });
    const failing = assertRejects(() => working, DeadlineError, "no answer within 30 s");
    await clock.advance(29_999);
    assertEquals(aborted, []);
    await clock.advance(1);
    assertEquals([await failing], aborted);
    assertEquals(clock.timers(), []);
  });

  await t.step("gives up when the signal is aborted, also before it begins", async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const { signal } = stop;
    const failing = assertRejects(() => limited(clock, { ...limit, signal }, forever), RangeError, "stopped");
    stop.abort(new RangeError("stopped"));
    await failing;
    let begun = false;
    const work = () => Promise.resolve(void (begun = true));
    await assertRejects(() => limited(clock, { ...limit, signal }, work), RangeError, "stopped");
    assertEquals([begun, clock.timers()], [false, []]);
  });
});
