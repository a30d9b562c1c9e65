/**
 * Handing over by becoming the command (`--exec`): nothing of arar remains.
 *
 * @module
 */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import { exactArguments } from "./arguments.ts";
import { startFailure } from "./status.ts";

/** Refuses `--exec` where it cannot work; to be called before anybody is asked for credentials. */
export function requireExec(system: Pick<System, "canReplaceProcess" | "os">): void {
  if (system.os === "windows") {
    throw new ArarError(
      "--exec is not available on Windows, where a process cannot become another",
      {
        hints: ["leave out --exec (and ARAR_EXEC)"],
      },
    );
  }
  if (!system.canReplaceProcess()) {
    throw new ArarError(
      "--exec calls the C library, which is not permitted or cannot be opened here",
      {
        hints: [
          "run arar with -A, or with --allow-ffi",
          "or leave out --exec (and ARAR_EXEC)",
        ],
      },
    );
  }
}

/** Becomes the command; returns only by throwing. */
export function execCommand(
  system: Pick<
    System,
    "canReplaceProcess" | "commandLine" | "os" | "replaceProcess"
  >,
  command: readonly string[],
): never {
  requireExec(system);
  const errno = system.replaceProcess(exactArguments(system, command));
  throw startFailure(command, errno);
}
