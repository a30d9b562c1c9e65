/**
 * What an inner shell's `suspend` does: the shell stops, and with it the job that it and arar are to the outer shell.
 *
 * An interactive shell moves to a process group of its own. When that is stopped, the outer shell does not notice: it waits for
 * arar, and the terminal belongs to nobody who is awake. A command in our group needs none of this, since Ctrl-Z and `fg` reach us
 * both.
 *
 * @module
 */

import type { System } from "../system.ts";
import type { Child } from "../system/processes.ts";

/** What this needs of the system. */
export type SuspendSystem = Pick<
  System,
  "hasTerminal" | "isStopped" | "onSignal" | "os" | "pid" | "processGroup" | "resume" | "stopSelf"
>;

/** From now on we stop when the command does, and resume it when we are resumed. */
export function stopTogether(system: SuspendSystem, child: Child): void {
  if (system.os === "windows" || !system.hasTerminal()) return;
  const stoppedGroup = () => {
    const group = system.processGroup(child.pid);
    return group !== system.processGroup(system.pid) && system.isStopped(child.pid) ? group : undefined;
  };
  system.onSignal("SIGCHLD", () => {
    if (stoppedGroup() !== undefined) system.stopSelf();
  });
  system.onSignal("SIGCONT", () => {
    const group = stoppedGroup();
    if (group !== undefined) system.resume(group);
  });
}
