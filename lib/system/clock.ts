/** Time and randomness. */

/** The real clock and random source. */
export const clock = {
  /** Milliseconds since the epoch. */
  now: (): number => Date.now(),
  startTimer,
  sleep,
  /** Cryptographically strong random bytes. */
  randomBytes: (count: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(count)),
};

/** Resolves after the delay; rejects with the signal's reason. With `unref` it does not keep the program alive. */
function sleep(
  milliseconds: number,
  { signal, unref = false }: { readonly signal?: AbortSignal; readonly unref?: boolean } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = startTimer(milliseconds, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, unref);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Calls the listener once after the delay, unless the returned function is called first. */
function startTimer(milliseconds: number, listener: () => void, unref = false): () => void {
  if (unref) {
    const timer = setTimeout(listener, milliseconds);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  }
  // Not `setTimeout`, whose first use loads all of `node:timers`: a third of Deno's startup time.
  const timer = AbortSignal.timeout(Math.max(0, milliseconds));
  timer.addEventListener("abort", listener);
  return () => timer.removeEventListener("abort", listener);
}

/** Keeps the program alive until the returned function is called. */
export function keepAlive(): () => void {
  let stop = () => {};
  const restart = () => stop = startTimer(LONGEST, restart);
  restart();
  return () => stop();
}

/** The longest delay of a timer, in milliseconds. */
const LONGEST = 0x7fffffff;
