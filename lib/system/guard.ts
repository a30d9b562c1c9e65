/**
 * The dispositions of signals that arar was started with, kept for the command against what Deno does to them.
 * It must not know which signals are passed on.
 *
 * @module
 */

import { type Disposition, type Libc, libc, SIGNAL_NUMBERS } from "./libc.ts";

const GUARDED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;
/** What hears the signals that our caller ignores. */
const handlers = new Map<number, Disposition>();
let childrenIgnored = false;

/** See `Processes.guardSignals`. */
export function guardSignals(): void {
  const library = libc();
  if (library === undefined) return;
  childrenIgnored = library.disposition(SIGNAL_NUMBERS.SIGCHLD).isIgnored;
  // While it is ignored the system keeps no exit codes: wait(2).
  if (childrenIgnored) library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "default");
  const ignored = GUARDED.filter((name) => library.disposition(SIGNAL_NUMBERS[name]).isIgnored);
  // A listener for SIGUSR1 is what `deno run` adds by itself half a second after the start, and the first listener makes
  // Deno take over SIGHUP, SIGINT and SIGTERM as well. It would undo what follows, so it is done now:
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
 * Hears the signals that were ignored up to now. To be called once the command has been started and has inherited that: it may yet
 * have a handler of its own and then wants them.
 */
export function hearIgnoredSignals(): void {
  for (const [signal, handler] of handlers) libc()?.restore(signal, handler);
}

/** Whether our caller ignores SIGCHLD, which nobody can who waits for a child. */
export function areChildrenIgnored(): boolean {
  return childrenIgnored;
}
