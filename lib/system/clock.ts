/**
 * Time and randomness.
 * It must not know what either is used for.
 *
 * @module
 */

/** Time and randomness. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds; a sleep never keeps the program alive by itself when `unref` is set. */
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
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (options.unref) Deno.unrefTimer(timer);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
