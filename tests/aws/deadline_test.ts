/** Time limits: what they count, what they abort, and that no timer is left. */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { createDeadline, DeadlineError, withinTime } from "../../lib/aws/deadline.ts";
import { fakeClock } from "./fake_clock.ts";

/** A deadline of 30 seconds that has begun. */
function startDeadline() {
  const clock = fakeClock();
  const deadline = createDeadline(clock, 30);
  deadline.begin();
  return { clock, deadline };
}

const forever = () => new Promise<never>(() => {});

Deno.test("createDeadline()", async (t) => {
  await t.step("counts from its first beginning", async () => {
    const clock = fakeClock();
    const deadline = createDeadline(clock, 30);
    await clock.advance(60_000);
    assertEquals([deadline.signal.aborted, clock.timers()], [false, []]);
    deadline.begin();
    await clock.advance(20_000);
    deadline.begin();
    await clock.advance(10_000);
    assert(deadline.signal.aborted);
  });

  await t.step("needs no stop if it never began, and then excludes nothing", async () => {
    const clock = fakeClock();
    const deadline = createDeadline(clock, 30);
    assertEquals(await deadline.exclude(() => Promise.resolve("code")), "code");
    deadline.stop();
    assertEquals(clock.timers(), []);
  });

  await t.step("aborts its signal when the time is up, not before", async () => {
    const { clock, deadline } = startDeadline();
    await clock.advance(29_999);
    assertFalse(deadline.signal.aborted);
    await clock.advance(1);
    assert(deadline.signal.reason instanceof DeadlineError);
    assertEquals(deadline.signal.reason.message, "no answer within 30 s");
  });

  await t.step("leaves no timer once it is stopped, even twice, and never aborts", async () => {
    const { clock, deadline } = startDeadline();
    deadline.stop();
    deadline.stop();
    assertEquals(clock.timers(), []);
    await clock.advance(60_000);
    assertFalse(deadline.signal.aborted);
  });

  await t.step("may be stopped after its end", async () => {
    const { clock, deadline } = startDeadline();
    await clock.advance(30_000);
    deadline.stop();
    assertEquals(clock.timers(), []);
  });
});

Deno.test("race()", async (t) => {
  await t.step("settles as the work does", async () => {
    const { deadline } = startDeadline();
    assertEquals(await deadline.race(Promise.resolve("done")), "done");
    await assertRejects(() => deadline.race(Promise.reject(new RangeError("no"))), RangeError);
  });

  await t.step("rejects when the time is up, though the work goes on, and at once after that", async () => {
    const { clock, deadline } = startDeadline();
    const { promise, reject } = Promise.withResolvers<never>();
    const racing = assertRejects(() => deadline.race(promise), DeadlineError);
    await clock.advance(30_000);
    assertEquals((await racing).seconds, 30);
    await assertRejects(() => deadline.race(forever()), DeadlineError);
    // An unhandled rejection would end the program.
    reject(new RangeError("too late"));
    await clock.advance(1);
  });
});

Deno.test("exclude()", async (t) => {
  await t.step("does not count the time of the work", async () => {
    const { clock, deadline } = startDeadline();
    await clock.advance(10_000);
    const { promise, resolve } = Promise.withResolvers<string>();
    const excluded = deadline.exclude(() => promise);
    await clock.advance(3_600_000);
    assertEquals(clock.timers(), []);
    resolve("typed");
    assertEquals(await excluded, "typed");
    await clock.advance(19_999);
    assertFalse(deadline.signal.aborted);
    await clock.advance(1);
    assert(deadline.signal.aborted);
  });

  await t.step("counts on after work that failed", async () => {
    const { clock, deadline } = startDeadline();
    await assertRejects(() => deadline.exclude(() => Promise.reject(new RangeError("no"))), RangeError);
    await clock.advance(30_000);
    assert(deadline.signal.aborted);
  });

  await t.step("adds up the time before and between", async () => {
    const { clock, deadline } = startDeadline();
    for (let prompt = 0; prompt < 2; prompt++) {
      await clock.advance(10_000);
      await deadline.exclude(() => clock.advance(50_000));
    }
    assertEquals(clock.timers(), [clock.now() + 10_000]);
    deadline.stop();
    assertEquals(clock.timers(), []);
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
