/** A clock that moves only when a test says so, and lists its timers. */
import type { clock } from "../../lib/system/clock.ts";

/** A clock for tests. */
export interface FakeClock extends Pick<typeof clock, "now" | "sleep" | "startTimer"> {
  /** When its timers are due, in milliseconds since the start. */
  timers(): readonly number[];
  /** Moves on, ends the timers that are due, and lets their consequences happen. */
  advance(milliseconds: number): Promise<void>;
}

/** Starts at 0. */
export function fakeClock(): FakeClock {
  let now = 0;
  const timers = new Map<() => void, number>();
  const startTimer = (milliseconds: number, listener: () => void) => {
    timers.set(listener, now + milliseconds);
    return () => void timers.delete(listener);
  };
  return {
    now: () => now,
    startTimer,
    sleep: (milliseconds, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = startTimer(milliseconds, resolve);
        signal?.addEventListener("abort", () => {
          stop();
          reject(signal.reason);
        }, { once: true });
      }),
    timers: () => [...timers.values()],
    advance: async (milliseconds) => {
      now += milliseconds;
      for (const [goOff, due] of [...timers]) {
        if (due > now) continue;
        timers.delete(goOff);
        goOff();
      }
      // By the next turn of the event loop, all promises that are due have settled.
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}
