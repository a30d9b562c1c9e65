/** Time limits: what they abort, and that no timer is left. */
import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError, limited, withinTime } from "../../lib/aws/deadline.ts";
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

Deno.test("withinTime()", async (t) => {
  const { signal } = new AbortController();

  await t.step("returns what the work returns, and leaves no timer", async () => {
    const clock = fakeClock();
    assertEquals(await withinTime(clock, 500, signal, () => Promise.resolve("done")), "done");
    assertEquals(clock.timers(), []);
  });

  await t.step("returns nothing when the time is up, and aborts the work", async () => {
    const clock = fakeClock();
    const aborted: AbortSignal[] = [];
    const waiting = withinTime(clock, 500, signal, (own) => {
      aborted.push(own);
      return forever();
    });
    await clock.advance(500);
    assertEquals([await waiting, aborted.map(({ aborted }) => aborted)], [undefined, [true]]);
  });

  await t.step("rejects as the work does, or when its own signal is aborted", async () => {
    const controller = new AbortController();
    const failing = () => Promise.reject(new RangeError("no"));
    await assertRejects(() => withinTime(fakeClock(), 500, signal, failing), RangeError, "no");
    const waiting = assertRejects(() => withinTime(fakeClock(), 500, controller.signal, forever), RangeError, "stop");
    controller.abort(new RangeError("stop"));
    await waiting;
  });
});
