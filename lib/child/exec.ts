/** `--exec`: replaces arar with the command. */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import { exactArguments } from "./arguments.ts";
import { startFailure } from "./status.ts";

/** Refuses `--exec` if it cannot work. Call it before requesting credentials. */
export function requireExec(system: Pick<System, "canReplaceProcess">): void {
  if (system.canReplaceProcess()) return;
  throw new ArarError("--exec needs the C library, which is not permitted or cannot be loaded", {
    hints: ["run arar with -A, or with --allow-ffi", "or drop --exec (and ARAR_EXEC)"],
  });
}

/** Replaces arar with the command; never returns. */
export function execCommand(
  system: Pick<System, "commandLine" | "replaceProcess">,
  command: readonly string[],
): never {
  const errno = system.replaceProcess(exactArguments(system, command));
  throw startFailure(command, errno);
}
