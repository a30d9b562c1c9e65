/**
 * Owns how long tests wait. What ends a hang is longer than any machine needs, however loaded; what has to be longer than
 * something else is derived from how long that takes here and now.
 */

/** Whatever takes this long hangs. */
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
 * For cases that mostly wait, so that they can do so side by side: `Promise.all([t.step({ ...AT_ONCE, … }), …])`. Deno can tell
 * whose leak it is only in cases that run alone.
 */
export const AT_ONCE = { sanitizeExit: false, sanitizeOps: false, sanitizeResources: false } as const;

/** What `read` gives once it gives anything. */
export async function until<Value>(read: () => Promise<Value | undefined>): Promise<Value> {
  for (const start = performance.now();;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() - start > HANG) throw new Error(`in vain for ${HANG_SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
