/** How long arar tries to get credentials, prompts excluded. */

import type { System } from "../system.ts";

/** The time limit was exceeded. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(readonly seconds: number) {
    super(`no answer within ${seconds} s`);
  }
}

/** A time limit whose clock can be stopped. */
export interface Deadline {
  /** Aborted when the time is up, with a {@linkcode DeadlineError}. */
  readonly signal: AbortSignal;
  /** Starts the clock, unless it was started already. */
  begin(): void;
  /** Waits for the work until the time is up: the SDK's pauses between attempts cannot be aborted. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** Does the work with the clock stopped. */
  exclude<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Stops it, including the timer. */
  stop(): void;
}

/** A deadline whose clock has not started. */
export function createDeadline(system: Pick<System, "now" | "startTimer">, seconds: number): Deadline {
  const expired = new AbortController();
  let remaining = seconds * 1000;
  let ticking: { readonly since: number; readonly stop: () => void } | undefined;
  // Not by a listener of the signal: the first event of a process takes half a millisecond.
  const { promise: expiry, reject } = Promise.withResolvers<never>();
  // There may be no race to reject.
  expiry.catch(() => {});

  function expire(): void {
    const error = new DeadlineError(seconds);
    expired.abort(error);
    reject(error);
  }

  function tick(): void {
    ticking = { since: system.now(), stop: system.startTimer(remaining, expire) };
  }

  const stop = () => ticking?.stop();

  return {
    signal: expired.signal,
    begin: () => {
      if (!ticking) tick();
    },
    race: (work) => Promise.race([work, expiry]),
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

/** Waits for the work, at most so long; `undefined` if it took longer. Then the work's signal is aborted. */
export async function withinTime<Value>(
  system: Pick<System, "sleep">,
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value | undefined> {
  const stop = new AbortController();
  const either = AbortSignal.any([stop.signal, signal]);
  const tooLate = system.sleep(milliseconds, { signal: either }).then(() => undefined);
  try {
    return await Promise.race([work(either), tooLate]);
  } finally {
    stop.abort("stopped");
  }
}
