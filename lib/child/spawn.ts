/**
 * Running a command beside us as if we were not there (the default way).
 *
 * @module
 */

import type { System } from "../system.ts";
import type { Child, ChildEnd } from "../system/processes.ts";
import { refuseLossyArguments } from "./arguments.ts";
import { type Relay, type SignalsSystem, startRelay } from "./signals.ts";
import { endLike, startFailure } from "./status.ts";
import { stopTogether, type SuspendSystem } from "./suspend.ts";

/** What running a command needs of the system. */
export type SpawnSystem =
  & SignalsSystem
  & SuspendSystem
  & Pick<System, "commandLine" | "dieBySignal" | "spawn">;

/** Runs the command to its end and ends like it: returns its exit code, or dies of the signal that killed it. */
export async function runChild(system: SpawnSystem, command: readonly string[]): Promise<number> {
  return await endLike(system, await waitForChild(system, command));
}

/**
 * Runs the command to its end and tells how it ended, for a caller that has to clear up before it ends likewise.
 * `prepare` is called right before the start, and what it returns right after.
 */
export async function waitForChild(
  system: SpawnSystem,
  command: readonly string[],
  prepare: () => () => void = () => () => {},
): Promise<ChildEnd> {
  refuseLossyArguments(system, command);
  const relay = startRelay(system);
  try {
    // Signals are caught by now, so whatever is prepared is also cleared up.
    const undo = prepare();
    const child = start(system, relay, command);
    undo();
    return await child.ended;
  } finally {
    relay.stop();
  }
}

function start(
  system: SpawnSystem,
  relay: Relay,
  command: readonly string[],
): Child {
  let child: Child;
  try {
    relay.commandStarts();
    child = system.spawn(command);
  } catch (error) {
    throw startFailure(command, error);
  }
  relay.to(child);
  stopTogether(system, child);
  return child;
}
