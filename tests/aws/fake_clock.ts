/** A clock that moves only when a test says so, and lists its timers. */
import type { Clock } from "../../lib/system/clock.ts";

/** A clock for tests. */
export interface FakeClock extends Pick<Clock, "now" | "sleep"> {
  /** When its timers are due, in milliseconds since the start. */
  sleepers(): readonly number[];
  /** Moves on, ends the timers that are due, and lets their consequences happen. */
  advance(milliseconds: number): Promise<void>;
}

/** Starts at 0. */
export function fakeClock(): FakeClock {
  let now = 0;
  const sleepers = new Map<() => void, number>();
  return {
    now: () => now,
    sleep: (milliseconds, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        sleepers.set(resolve, now + milliseconds);
        signal?.addEventListener("abort", () => {
          sleepers.delete(resolve);
          reject(signal.reason);
        }, { once: true });
      }),
    sleepers: () => [...sleepers.values()],
    advance: async (milliseconds) => {
      now += milliseconds;
      for (const [wake, due] of [...sleepers]) {
        if (due > now) continue;
        sleepers.delete(wake);
        wake();
      }
      // By the next turn of the event loop, all promises that are due have settled.
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}
