/**
 * Signals before the command runs: the command inherits the dispositions that arar was started with, whatever Deno does
 * to them, and arar can be ended as process 1 of a container.
 */

import { type Disposition, type Libc, libc, SIGNAL_NUMBERS } from "./libc.ts";

const GUARDED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;
/** Deno's handlers for the signals that our caller ignores. */
const handlers = new Map<number, Disposition>();
let childrenIgnored = false;
let isCommandStarted = false;

/** See `Processes.guardSignals`. */
export function guardSignals(): void {
  const library = libc();
  if (library === undefined) return;
  childrenIgnored = library.disposition(SIGNAL_NUMBERS.SIGCHLD).isIgnored;
  // While SIGCHLD is ignored, the system keeps no exit codes: wait(2).
  if (childrenIgnored) library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "default");
  const ignored = GUARDED.filter((name) => library.disposition(SIGNAL_NUMBERS[name]).isIgnored);
  // Half a second after startup, `deno run` itself adds a listener for SIGUSR1, and with the first listener Deno also
  // takes over SIGHUP, SIGINT and SIGTERM. That would undo the following, so trigger it now:
  // `spawn_sigusr1_inspector_listener` in Deno's cli/worker.rs, `init` in its ext/signals/lib.rs.
  const hasDebugger = !Deno.build.standalone;
  if (hasDebugger) Deno.addSignalListener("SIGUSR1", () => {});
  for (const name of ignored) {
    Deno.addSignalListener(name, () => {});
    handlers.set(SIGNAL_NUMBERS[name], library.disposition(SIGNAL_NUMBERS[name]));
    library.setDisposition(SIGNAL_NUMBERS[name], "ignored");
  }
  if (hasDebugger) closeDebugger(library, ignored.includes("SIGUSR1"));
}

/** On SIGUSR1, `deno run` would open a debugger for a process with credentials. A compiled binary has no debugger. */
function closeDebugger(library: Libc, isIgnored: boolean): void {
  handlers.delete(SIGNAL_NUMBERS.SIGUSR1);
  library.setDisposition(SIGNAL_NUMBERS.SIGUSR1, isIgnored ? "ignored" : "nothing");
}

/**
 * Call it as soon as the command has been started and has inherited the ignored signals. From now on we catch them: the
 * command may install a handler and then expects to receive them.
 */
export function commandStarted(): void {
  isCommandStarted = true;
  for (const [signal, handler] of handlers) libc()?.restore(signal, handler);
}

/** Whether our caller ignores SIGCHLD. While waiting for the command, arar itself cannot. */
export function areChildrenIgnored(): boolean {
  return childrenIgnored;
}

/** See `Processes.endedAsInit`. */
export function endedAsInit(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  if (Deno.pid !== 1) return promise;
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => isCommandStarted || resolve(128 + SIGNAL_NUMBERS[name]));
  }
  return promise;
}
