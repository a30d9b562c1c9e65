/**
 * How long tests wait. A limit that ends a hang is longer than any machine needs, however loaded. A duration that must
 * exceed another one is derived from how long that takes here and now.
 */

/** Anything that takes this long hangs. */
export const HANG_SECONDS = 300;

/** The same in milliseconds. */
export const HANG = HANG_SECONDS * 1000;

/** How long the work takes on this machine right now. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/**
 * For cases that mostly wait, to run them concurrently: `Promise.all([t.step({ ...AT_ONCE, … }), …])`. Deno can attribute
 * leaks only to cases that run alone.
 */
export const AT_ONCE = { sanitizeExit: false, sanitizeOps: false, sanitizeResources: false } as const;

/** Calls `read` until it returns something, with pauses of so many milliseconds, and returns that. */
export async function until<Value>(read: () => Promise<Value | undefined>, pause = 20): Promise<Value> {
  for (const start = performance.now();;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() - start > HANG) throw new Error(`nothing after ${HANG_SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
