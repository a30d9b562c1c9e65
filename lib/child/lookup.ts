/** Checks whether the command exists at all, before requesting credentials or prompting for an MFA code in vain. */

import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import { startFailure } from "./status.ts";

/**
 * Refuses a command that does not exist. Deno or `execvp` decides which file runs, so whatever either of them might
 * find passes.
 */
export function refuseMissingCommand(
  system: Pick<System, "isMissing" | "os">,
  env: Env,
  command: readonly string[],
): void {
  const [program = ""] = command;
  const candidates = system.os === "windows" ? candidatesOnWindows(env, program) : candidatesOnUnix(env, program);
  if (candidates?.every((path) => system.isMissing(path))) throw startFailure(command, ENOENT);
}

const ENOENT = 2;

/** Every file that this name may run; `undefined` if there may be others. */
function candidatesOnUnix({ PATH }: Env, program: string): readonly string[] | undefined {
  if (program.includes("/")) {
    // Deno ignores a trailing slash and resolves `a/../b` to `b`.
    const inner = program.replace(/^(\.{1,2}\/+)+/, "");
    return /(^~|\/\.\.(\/|$))/.test(inner) ? undefined : [program.replace(/(.)\/+$/, "$1")];
  }
  // Without PATH the C library uses a default. Deno expands `~`.
  const folders = PATH?.split(":");
  if (folders?.some((folder) => folder.startsWith("~"))) return undefined;
  // The last folders are the system's, which have most commands, and each miss costs an error of Deno's.
  return folders?.map((folder) => `${folder || "."}/${program}`).reverse();
}

function candidatesOnWindows({ PATH, PATHEXT }: Env, program: string): readonly string[] | undefined {
  if (PATH === undefined || PATHEXT === undefined || /[/\\:]/.test(program)) return undefined;
  const folders = [".", ...PATH.split(";")];
  if (folders.some((folder) => /["%~]/.test(folder))) return undefined;
  return folders.flatMap((folder) => ["", ...PATHEXT.split(";")].map((end) => `${folder || "."}\\${program}${end}`));
}
