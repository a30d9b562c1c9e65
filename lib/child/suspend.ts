/**
 * Makes `suspend` in an inner shell work: arar stops with it, and both resume as one job of the outer shell.
 *
 * An interactive shell moves to its own process group. The outer shell does not notice when that group is stopped: it
 * waits for arar, and the terminal belongs to a stopped group. A command in our group needs none of this, since Ctrl-Z
 * and `fg` reach both of us.
 */

import type { System } from "../system.ts";
import type { Child } from "../system/processes.ts";

/** The part of the system that this needs. */
export type SuspendSystem = Pick<
  System,
  "hasTerminal" | "isStopped" | "onSignal" | "os" | "pid" | "processGroup" | "resume" | "stopSelf"
>;

/** From now on, stops arar when the command stops, and resumes the command when arar is resumed. */
export function stopTogether(system: SuspendSystem, child: Child): void {
  if (system.os === "windows" || !system.hasTerminal()) return;
  const stoppedGroup = () => {
    const group = system.processGroup(child.pid);
    return group !== system.processGroup(system.pid) && system.isStopped(child.pid) ? group : undefined;
  };
  let isStopped = false;
  const follow = () => {
    // Once until SIGCONT: a second SIGCHLD may be reported when arar has been resumed, but the command has not.
    if (isStopped || stoppedGroup() === undefined) return;
    isStopped = true;
    system.stopSelf();
  };
  system.onSignal("SIGCHLD", follow);
  system.onSignal("SIGCONT", () => {
    isStopped = false;
    const group = stoppedGroup();
    if (group !== undefined) system.resume(group);
  });
  // On a busy machine the command may have stopped before anybody listened.
  follow();
}
