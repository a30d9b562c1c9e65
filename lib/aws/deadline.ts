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
  /** Starts the clock; nothing happens if it was started before. */
  begin(): void;
  /** Waits for the work, at most until the time is up: the SDK's pauses between tries cannot be aborted. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** Does the work while the clock stands still. */
  exclude<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Ends it; no timer is left. */
  stop(): void;
}

/** A deadline whose clock is yet to be started. */
export function createDeadline(system: Pick<System, "now" | "sleep">, seconds: number): Deadline {
  const expired = new AbortController();
  let remaining = seconds * 1000;
  let ticking: { readonly since: number; readonly timer: AbortController } | undefined;

  function tick(): void {
    const timer = new AbortController();
    ticking = { since: system.now(), timer };
    system.sleep(remaining, { signal: timer.signal }).then(
      () => expired.abort(new DeadlineError(seconds)),
      () => {}, // stopped
    );
  }

  // With a reason of its own: else an error is made, its stack and all, for nobody.
  const stop = () => ticking?.timer.abort("stopped");

  return {
    signal: expired.signal,
    begin: () => {
      if (!ticking) tick();
    },
    race: (work) => Promise.race([work, untilAborted(expired.signal)]),
    exclude: async (work) => {
      if (!ticking) return await work();
      stop();
      remaining -= system.now() - ticking.since;
      try {
        return await work();
      } finally {
        tick();
      }
    },
    stop,
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
