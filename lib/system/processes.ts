/** Starts the command or replaces arar with it; catches and sends signals. */

import { type Canary, killIfAlive, startCanary } from "./canary.ts";
import { keepAlive } from "./clock.ts";
import { type Disposition, type Libc, libc, type PosixSignal, SIGNAL_NUMBERS } from "./libc.ts";

export type { Canary, PosixSignal };

/** Unix signals that can be relayed, those of job control, and Windows console events, which the command gets anyway. */
export type SignalName = PosixSignal | "SIGCHLD" | "SIGCONT" | "SIGBREAK";

/** How a command ended. */
export type ChildEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: number };

/** A running command. It uses our three standard streams. */
export interface Child {
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Sends the command a signal; does nothing once it has ended. */
  kill(signal: PosixSignal): void;
}

/** The real processes and signals. */
export const processes = {
  pid: Deno.pid,
  guardSignals,
  endedAsInit,
  onSignal,
  /** Whether one of the three standard streams is a terminal. */
  hasTerminal: (): boolean => [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal()),
  spawn,
  startCanary,
  /** The process group of a process, if known. */
  processGroup: (pid: number): number | undefined => libc()?.processGroup(pid),
  /** Whether this child of ours is stopped; `false` if unknown. */
  isStopped: (pid: number): boolean => libc()?.isStopped(pid) ?? false,
  /** Stops arar as Ctrl-Z does. The system ignores that if there is no shell to resume arar. */
  stopSelf: (): void => Deno.kill(Deno.pid, "SIGTSTP"),
  /** Resumes a process group, in the foreground of the terminal if our own group is. */
  resume: (group: number): void => libc()?.resume(group),
  dieBySignal,
  /** Whether {@linkcode replaceProcess} is available. */
  canReplaceProcess: (): boolean => libc() !== undefined,
  replaceProcess,
};

/** All listeners, to be removed before a signal can take its default action. */
const listeners: (readonly [SignalName, () => void])[] = [];

/** Catches a signal from now on. */
function onSignal(signal: SignalName, listener: () => void): void {
  listeners.push([signal, listener]);
  Deno.addSignalListener(signal, listener);
}

/** Starts the command; throws Deno's error, whose `code` gives the reason, if that fails. */
function spawn(command: readonly string[]): Child {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, { args, stdin: "inherit", stdout: "inherit", stderr: "inherit" }).spawn();
  // When an uncaught error ends arar, Deno kills every child that is not unref'd. So a timer keeps arar alive instead.
  child.unref();
  commandStarted();
  const letEnd = keepAlive();
  return {
    pid: child.pid,
    ended: child.status.then(endOf, endOfRealTimeSignal).finally(letEnd),
    kill: (signal) => killIfAlive(child, signal),
  };
}

function endOf(status: Deno.CommandStatus): ChildEnd {
  return status.signal === null
    ? { kind: "exited", code: status.code }
    : { kind: "signalled", signal: status.code - 128 };
}

/** Deno has no names for real-time signals and rejects: `Invalid signal: 34`. */
function endOfRealTimeSignal(error: unknown): ChildEnd {
  const number = /^Invalid signal: (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  // A shell reports 127 if it does not know how its child ended: bash(1), wait.
  return number === undefined ? { kind: "exited", code: 127 } : { kind: "signalled", signal: Number(number) };
}

/** Sends arar a signal with its default action. Returns if that is not possible, or before the signal arrives. */
function dieBySignal(signal: number): void {
  const library = libc();
  if (library !== undefined) return library.dieBySignal(signal);
  const name = WITHOUT_CORE[signal];
  if (name === undefined || Deno.build.os === "windows") return;
  for (const [caught, listener] of listeners) if (caught === name) Deno.removeSignalListener(caught, listener);
  Deno.kill(Deno.pid, name);
}

// Without the C library core files cannot be prevented, so only signals that write none.
const WITHOUT_CORE: { readonly [signal: number]: Deno.Signal } = {
  1: "SIGHUP",
  2: "SIGINT",
  9: "SIGKILL",
  14: "SIGALRM",
  15: "SIGTERM",
};

/** Replaces arar with the command; returns `errno` if that failed. */
function replaceProcess(words: readonly Uint8Array[]): number {
  const library = libc();
  if (library === undefined) return ENOSYS;
  // Rust programs ignore SIGPIPE, and the new program would inherit that: `yes | head` would not end.
  library.setDisposition(SIGNAL_NUMBERS.SIGPIPE, "default");
  if (areChildrenIgnored) library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "ignored");
  const errno = library.execvp(words);
  library.setDisposition(SIGNAL_NUMBERS.SIGPIPE, "ignored");
  return errno;
}

const ENOSYS = 38;

const GUARDED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;
/** Deno's handlers for the signals that our caller ignores. */
const handlers = new Map<number, Disposition>();
/** Whether our caller ignores SIGCHLD. While waiting for the command, arar itself cannot. */
let areChildrenIgnored = false;
let isCommandStarted = false;

/**
 * Call it once, before anything slow. Signals that our caller ignores (`nohup`, `&` in sh) are then ignored by us and
 * the command, which inherits the dispositions that arar was started with, whatever Deno does to them; and SIGUSR1 no
 * longer opens the debugger of `deno run`. Does nothing if FFI is not permitted.
 */
function guardSignals(): void {
  const library = libc();
  if (library === undefined) return;
  areChildrenIgnored = library.disposition(SIGNAL_NUMBERS.SIGCHLD).isIgnored;
  // While SIGCHLD is ignored, the system keeps no exit codes: wait(2).
  if (areChildrenIgnored) library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "default");
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
function commandStarted(): void {
  isCommandStarted = true;
  for (const [signal, handler] of handlers) libc()?.restore(signal, handler);
}

/**
 * Resolves only as process 1 of a container, if SIGHUP, SIGINT or SIGTERM arrives before the command has been started:
 * with the exit code for it. Such a process cannot die of a signal, and Deno crashes if it tries: pid_namespaces(7).
 */
function endedAsInit(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  if (Deno.pid !== 1) return promise;
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => isCommandStarted || resolve(128 + SIGNAL_NUMBERS[name]));
  }
  return promise;
}
