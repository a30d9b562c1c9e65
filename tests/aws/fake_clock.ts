/** A clock that moves only when a test says so, and knows its sleepers. */
import type { Clock } from "../../lib/system/clock.ts";

/** A clock in a test's hands. */
export interface FakeClock extends Pick<Clock, "now" | "sleep"> {
  /** When its sleepers wake, in milliseconds since the start. */
  sleepers(): readonly number[];
  /** Moves on, wakes whoever is due, and lets what follows from that happen. */
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
      // All that was promised by now has happened when the event loop comes round.
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}
