/** Runs the command as a child process, as if arar were not there. The default; see exec.ts for `--exec`. */

import type { System } from "../system.ts";
import type { Child, ChildEnd } from "../system/processes.ts";
import { type SignalsSystem, startRelay } from "./signals.ts";
import { endLike, startFailure } from "./status.ts";
import { stopTogether, type SuspendSystem } from "./suspend.ts";

/** The part of the system that running a command needs. */
export type SpawnSystem = SignalsSystem & SuspendSystem & Pick<System, "dieBySignal" | "spawn">;

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
    throw startFailure(command, error);
  }
}
