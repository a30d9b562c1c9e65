/** Hands over to the command: as a child, as if arar were not there, or with `--exec` in place of arar. */

import { ArarError } from "../errors.ts";
import type { System } from "../system.ts";
import type { Child, ChildEnd } from "../system/processes.ts";
import { exactArguments } from "./command.ts";
import { type SignalsSystem, startRelay, stopTogether, type SuspendSystem } from "./signals.ts";
import { endLike, startFailure, type StartSystem } from "./status.ts";

/** The part of the system that running a command needs. */
export type SpawnSystem = SignalsSystem & SuspendSystem & StartSystem & Pick<System, "dieBySignal" | "spawn">;

/** Runs the command and ends like it: returns its exit code, or dies of the signal that killed it. */
export async function runChild(system: SpawnSystem, command: readonly string[]): Promise<number> {
  return await endLike(system, await waitForChild(system, command));
}

/**
 * Runs the command and returns how it ended, for a caller that has to clean up before it ends the same way. `prepare`
 * is called right before the start, and the function it returns right after.
 */
export async function waitForChild(
  system: SpawnSystem,
  command: readonly string[],
  prepare: () => () => void = () => () => {},
): Promise<ChildEnd> {
  const relay = startRelay(system);
  try {
    // Signals are caught by now, so whatever is prepared will also be cleaned up.
    const undo = prepare();
    const child = relay.start(() => spawn(system, command));
    stopTogether(system, child);
    undo();
    return await child.ended;
  } finally {
    relay.stop();
  }
}

function spawn(system: SpawnSystem, command: readonly string[]): Child {
  try {
    return system.spawn(command);
  } catch (error) {
    throw startFailure(system, command, error);
  }
}

/** Refuses `--exec` if it cannot work. Call it before requesting credentials. */
export function requireExec(system: Pick<System, "canReplaceProcess">): void {
  if (system.canReplaceProcess()) return;
  throw new ArarError("--exec needs the C library, which is not permitted or cannot be loaded", {
    hints: ["run arar with -A, or with --allow-ffi", "or drop --exec (and ARAR_EXEC)"],
  });
}

/** Replaces arar with the command; never returns. */
export function execCommand(
  system: StartSystem & Pick<System, "commandLine" | "replaceProcess">,
  command: readonly string[],
): never {
  const errno = system.replaceProcess(exactArguments(system, command));
  throw startFailure(system, command, errno);
}
