/**
 * How long arar tries to get credentials, prompts excluded.
 *
 * @module
 */

import type { System } from "../system.ts";

/** Time ran out. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(
    /** How long arar tried. */
    readonly seconds: number,
  ) {
    super(`no answer within ${seconds} s`);
  }
}

/** A time limit whose clock can be stopped. */
export interface Deadline {
  /** Aborted when the time is up, with a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /** Starts the clock, unless it was started already. */
  begin(): void;
  /** Waits for the work until time is up at most: the SDK's pauses between tries cannot be aborted. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** Does the work with the clock stopped. */
  exclude<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Ends it, timer included. */
  stop(): void;
}

/** A deadline whose clock has not been started. */
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

  // A reason of our own: otherwise an error is created, stack trace included, that nobody sees.
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
