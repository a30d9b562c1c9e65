/**
 * How long arar tries for credentials, the time that people take at prompts not counted.
 * It must not know what is tried.
 *
 * @module
 */

import type { System } from "../system.ts";

/** The time was up. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(
    /** How long was tried. */
    readonly seconds: number,
  ) {
    super(`no answer within ${seconds} s`);
  }
}

/** A span of time that can be interrupted. */
export interface Deadline {
  /** Aborted when the time is up, with a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /** Waits for the work, at most until the time is up: the SDK's pauses between tries cannot be aborted. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** Does the work while the clock stands still. */
  exclude<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Ends it; no timer is left. */
  stop(): void;
}

/** Starts the clock. */
export function startDeadline(
  system: Pick<System, "now" | "sleep">,
  seconds: number,
): Deadline {
  const expired = new AbortController();
  let remaining = seconds * 1000;
  let ticking = tick();

  function tick(): { readonly since: number; readonly stop: AbortController } {
    const stop = new AbortController();
    system.sleep(remaining, { signal: stop.signal }).then(
      () => expired.abort(new DeadlineError(seconds)),
      () => {}, // stopped
    );
    return { since: system.now(), stop };
  }

  return {
    signal: expired.signal,
    race: (work) => Promise.race([work, untilAborted(expired.signal)]),
    exclude: async (work) => {
      ticking.stop.abort();
      remaining -= system.now() - ticking.since;
      try {
        return await work();
      } finally {
        ticking = tick();
      }
    },
    // With a reason of its own: else an error is made, its stack and all, for nobody.
    stop: () => ticking.stop.abort("stopped"),
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
