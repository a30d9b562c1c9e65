/** How long a piece of work may take. */

import type { System } from "../system.ts";

/** The time limit was exceeded. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(readonly seconds: number) {
    super(`no answer within ${seconds} s`);
  }
}

/** When to give up. */
interface Limit {
  readonly milliseconds: number;
  /** The error if the time is up. */
  readonly tooLate: () => Error;
  /** Gives up too when it is aborted, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Does the work within the limit. Otherwise aborts the work's own signal, and does not wait for it any longer. */
export async function limited<Value>(
  system: Pick<System, "startTimer">,
  { milliseconds, tooLate, signal }: Limit,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    stop.abort(reason);
    reject(reason);
  };
  const passOn = () => end(signal?.reason);
  const stopTimer = system.startTimer(milliseconds, () => end(tooLate()));
  signal?.addEventListener("abort", passOn);
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    stopTimer();
    signal?.removeEventListener("abort", passOn);
  }
}
