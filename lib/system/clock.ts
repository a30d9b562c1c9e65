/**
 * Time and randomness.
 *
 * @module
 */

/** Time and randomness. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds. With `unref` it does not keep the program alive. */
  sleep(
    milliseconds: number,
    options?: { readonly signal?: AbortSignal; readonly unref?: boolean },
  ): Promise<void>;
  /** Cryptographically strong random bytes. */
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
}

/** The real clock and random source. */
export const clock: Clock = {
  now: () => Date.now(),
  sleep,
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};

function sleep(
  milliseconds: number,
  options: { readonly signal?: AbortSignal; readonly unref?: boolean } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = startTimer(milliseconds, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, options);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Calls the listener once, unless the returned function is called first. */
function startTimer(milliseconds: number, listener: () => void, options: { readonly unref?: boolean }): () => void {
  if (options.unref) {
    const timer = setTimeout(listener, milliseconds);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  }
  // Not `setTimeout`, whose first use loads all of `node:timers`: a third of what starting Deno costs.
  const timer = AbortSignal.timeout(Math.max(0, milliseconds));
  timer.addEventListener("abort", listener);
  return () => timer.removeEventListener("abort", listener);
}

/** Keeps the program alive until the returned function is called. */
export function keepAlive(): () => void {
  let stop = () => {};
  const again = () => stop = startTimer(LONGEST, again, {});
  again();
  return () => stop();
}

/** Milliseconds that fit a timer. */
const LONGEST = 0x7fffffff;
