/**
 * Says which flags `deno` needs on this machine: none where the JSR registry answers, else those that put the
 * stand-ins of this folder in place of the `jsr:` packages. Knows nothing of what the tasks do with them.
 */
// deno-lint-ignore-file no-console

/** Relative to the project's root, and without spaces: the task shell splits what it substitutes at spaces. */
export const NPM_ONLY_FLAGS: readonly string[] = [
  "--frozen",
  "--lock=.ci/npm_only/deno.lock",
  "--import-map=.ci/npm_only/import_map.json",
];

const TIME_LIMIT_MS = 1500;

/**
 * Whether a JSR registry answers at `base`. The content counts, not the status alone: a proxy's login page is a 200 too.
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

if (import.meta.main) {
  // Deno itself reads the same name: https://docs.deno.com/runtime/reference/env_variables/
  const base = Deno.env.get("JSR_URL") || "https://jsr.io";
  if (!await isRegistry(base)) {
    console.error(`no JSR registry at ${base}: using the npm stand-ins of .ci/npm_only`);
    console.log(NPM_ONLY_FLAGS.join(" "));
  }
}
