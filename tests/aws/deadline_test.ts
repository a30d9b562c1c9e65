/** Time is counted as documented: prompts excluded, no timer left behind. */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { createDeadline, type Deadline, DeadlineError } from "../../lib/aws/deadline.ts";
import { fakeClock } from "./fake_clock.ts";

/** Work that ends when the test says so. */
function work() {
  return Promise.withResolvers<string>();
}

function startDeadline(clock: Parameters<typeof createDeadline>[0], seconds: number): Deadline {
  const deadline = createDeadline(clock, seconds);
  deadline.begin();
  return deadline;
}

const forever = () => new Promise<never>(() => {});

Deno.test("createDeadline()", async (t) => {
  await t.step("counts from its beginning, which is once", async () => {
    const clock = fakeClock();
    const deadline = createDeadline(clock, 30);
    await clock.advance(60_000);
    assertEquals([deadline.signal.aborted, clock.sleepers()], [false, []]);
    deadline.begin();
    await clock.advance(20_000);
    deadline.begin();
    await clock.advance(10_000);
    assert(deadline.signal.aborted);
  });

  await t.step("needs no stop where it never began, and excludes nothing then", async () => {
    const clock = fakeClock();
    const deadline = createDeadline(clock, 30);
    assertEquals(await deadline.exclude(() => Promise.resolve("code")), "code");
    deadline.stop();
    assertEquals(clock.sleepers(), []);
  });

  await t.step("aborts its signal when the time is up, not before", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    await clock.advance(29_999);
    assertFalse(deadline.signal.aborted);
    await clock.advance(1);
    assert(deadline.signal.reason instanceof DeadlineError);
    assertEquals(deadline.signal.reason.message, "no answer within 30 s");
  });

  await t.step("leaves no timer once it is stopped, and never aborts", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    deadline.stop();
    assertEquals(clock.sleepers(), []);
    await clock.advance(60_000);
    assertFalse(deadline.signal.aborted);
  });

  await t.step("may be stopped twice, and after its end", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    await clock.advance(30_000);
    deadline.stop();
    deadline.stop();
    assertEquals(clock.sleepers(), []);
  });
});

Deno.test("race()", async (t) => {
  await t.step("gives what the work gives", async () => {
    const deadline = startDeadline(fakeClock(), 30);
    assertEquals(await deadline.race(Promise.resolve("done")), "done");
  });

  await t.step("fails as the work fails", async () => {
    const deadline = startDeadline(fakeClock(), 30);
    await assertRejects(() => deadline.race(Promise.reject(new RangeError("no"))), RangeError);
  });

  await t.step("fails when the time is up, though the work goes on", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    const racing = assertRejects(() => deadline.race(forever()), DeadlineError);
    await clock.advance(30_000);
    assertEquals((await racing).seconds, 30);
  });

  await t.step("fails at once when the time was up before", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    await clock.advance(30_000);
    await assertRejects(() => deadline.race(forever()), DeadlineError);
  });

  await t.step("does not let work that fails too late end the program", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    const { promise, reject } = work();
    const racing = assertRejects(() => deadline.race(promise), DeadlineError);
    await clock.advance(30_000);
    await racing;
    reject(new RangeError("too late"));
    await clock.advance(1);
  });
});

Deno.test("exclude()", async (t) => {
  await t.step("does not count the time of the work", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    await clock.advance(10_000);
    const { promise, resolve } = work();
    const excluded = deadline.exclude(() => promise);
    await clock.advance(3_600_000);
    assertEquals(clock.sleepers(), []);
    resolve("typed");
    assertEquals(await excluded, "typed");
    await clock.advance(19_999);
    assertFalse(deadline.signal.aborted);
    await clock.advance(1);
    assert(deadline.signal.aborted);
  });

  await t.step("counts on after work that failed", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    await assertRejects(() => deadline.exclude(() => Promise.reject(new RangeError("no"))), RangeError);
    await clock.advance(30_000);
    assert(deadline.signal.aborted);
  });

  await t.step("adds up the time between two of them", async () => {
    const clock = fakeClock();
    const deadline = startDeadline(clock, 30);
    for (let prompt = 0; prompt < 2; prompt++) {
      await clock.advance(10_000);
      await deadline.exclude(() => clock.advance(50_000));
    }
    assertEquals(clock.sleepers(), [clock.now() + 10_000]);
    deadline.stop();
    assertEquals(clock.sleepers(), []);
  });
});
