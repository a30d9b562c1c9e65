/** The flags that replace the `jsr:` packages by the stand-ins in this folder, and when Deno needs them. */

/** Relative to the project's root, and without spaces, at which the task shell splits them. */
export const NPM_ONLY_FLAGS: readonly string[] = [
  "--frozen",
  "--lock=.ci/npm_only/deno.lock",
  "--import-map=.ci/npm_only/import_map.json",
];

const TIME_LIMIT_MS = 1500;

/**
 * Whether there is a JSR registry at `base`. The status is not enough: a proxy's login page has 200, too.
 */
export async function isRegistry(base: string, timeLimit = TIME_LIMIT_MS): Promise<boolean> {
  try {
    const response = await fetch(
      `${base.replace(/\/+$/, "")}/@std/cli/meta.json`,
      { signal: AbortSignal.timeout(timeLimit) },
    );
    const meta: unknown = await response.json();
    return response.ok && typeof meta === "object" && meta !== null &&
      "versions" in meta;
  } catch {
    return false;
  }
}
