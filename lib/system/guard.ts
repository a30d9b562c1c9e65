/**
 * The dispositions of signals that arar was started with, kept for the command in spite of what Deno does to them, and arar's own
 * end as process 1 of a container.
 *
 * @module
 */

import { type Disposition, type Libc, libc, SIGNAL_NUMBERS } from "./libc.ts";

const GUARDED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;
/** What catches the signals that our caller ignores. */
const handlers = new Map<number, Disposition>();
let childrenIgnored = false;
let isCommandStarted = false;

/** See `Processes.guardSignals`. */
export function guardSignals(): void {
  const library = libc();
  if (library === undefined) return;
  childrenIgnored = library.disposition(SIGNAL_NUMBERS.SIGCHLD).isIgnored;
  // While it is ignored the system keeps no exit codes: wait(2).
  if (childrenIgnored) library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "default");
  const ignored = GUARDED.filter((name) => library.disposition(SIGNAL_NUMBERS[name]).isIgnored);
  // Half a second after its start `deno run` adds a listener for SIGUSR1 itself, and with the first listener Deno takes over
  // SIGHUP, SIGINT and SIGTERM as well. That would undo what follows, so it is done now:
  // `spawn_sigusr1_inspector_listener` of Deno's cli/worker.rs, `init` of its ext/signals/lib.rs.
  const hasDebugger = !Deno.build.standalone;
  if (hasDebugger) Deno.addSignalListener("SIGUSR1", () => {});
  for (const name of ignored) {
    Deno.addSignalListener(name, () => {});
    handlers.set(SIGNAL_NUMBERS[name], library.disposition(SIGNAL_NUMBERS[name]));
    library.setDisposition(SIGNAL_NUMBERS[name], "ignored");
  }
  if (hasDebugger) closeDebugger(library, ignored.includes("SIGUSR1"));
}

/** SIGUSR1 would open it on 127.0.0.1:9229, to a process that holds credentials. A compiled binary has none. */
function closeDebugger(library: Libc, isIgnored: boolean): void {
  handlers.delete(SIGNAL_NUMBERS.SIGUSR1);
  library.setDisposition(SIGNAL_NUMBERS.SIGUSR1, isIgnored ? "ignored" : "nothing");
}

/**
 * To be called as soon as the command has been started. It has inherited the ignored signals; from now on we catch them, since it
 * may install a handler of its own and then wants them.
 */
export function commandStarted(): void {
  isCommandStarted = true;
  for (const [signal, handler] of handlers) libc()?.restore(signal, handler);
}

/** Whether our caller ignores SIGCHLD, which nobody who waits for a child can do. */
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
