/** Starts the command or replaces arar with it; catches and sends signals. */

import { type Canary, killIfAlive, startCanary } from "./canary.ts";
import { keepAlive } from "./clock.ts";
import { areChildrenIgnored, commandStarted, endedAsInit, guardSignals } from "./guard.ts";
import { libc, type PosixSignal, SIGNAL_NUMBERS } from "./libc.ts";

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

/** Processes and signals. */
export interface Processes {
  readonly pid: number;
  /**
   * Call it once, before anything slow. Signals that our caller ignores (`nohup`, `&` in sh) are then ignored by us and
   * the command, and SIGUSR1 no longer opens the debugger of `deno run`. Does nothing if FFI is not permitted.
   */
  guardSignals(): void;
  /**
   * Resolves only as process 1 of a container, if SIGHUP, SIGINT or SIGTERM arrives before the command has been
   * started: with the exit code for it. Such a process cannot die of a signal, and Deno crashes if it tries:
   * pid_namespaces(7).
   */
  endedAsInit(): Promise<number>;
  /** Catches a signal from now on. */
  onSignal(signal: SignalName, listener: () => void): void;
  /** Whether one of the three standard streams is a terminal. */
  hasTerminal(): boolean;
  /** Starts the command; throws Deno's error, whose `code` gives the reason, if that fails. */
  spawn(command: readonly string[]): Child;
  /** Starts a process that signals to the whole process group kill; `undefined` if that is not possible. */
  startCanary(): Canary | undefined;
  /** The process group of a process, if known. */
  processGroup(pid: number): number | undefined;
  /** Whether this child of ours is stopped; `false` if unknown. */
  isStopped(pid: number): boolean;
  /** Stops arar as Ctrl-Z does. The system ignores that if there is no shell to resume arar. */
  stopSelf(): void;
  /** Resumes a process group, in the foreground of the terminal if our own group is. */
  resume(group: number): void;
  /** Sends arar a signal with its default action. Returns if that is not possible, or before the signal arrives. */
  dieBySignal(signal: number): void;
  /** Whether {@linkcode replaceProcess} is available. */
  canReplaceProcess(): boolean;
  /** Replaces arar with the command; returns `errno` if that failed. */
  replaceProcess(words: readonly Uint8Array[]): number;
}

/** The real processes and signals. */
export const processes: Processes = {
  pid: Deno.pid,
  guardSignals,
  endedAsInit,
  onSignal,
  hasTerminal: () => [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal()),
  spawn,
  startCanary,
  processGroup: (pid) => libc()?.processGroup(pid),
  isStopped: (pid) => libc()?.isStopped(pid) ?? false,
  stopSelf: () => Deno.kill(Deno.pid, "SIGTSTP"),
  resume: (group) => libc()?.resume(group),
  dieBySignal,
  canReplaceProcess: () => libc() !== undefined,
  replaceProcess,
};

/** All listeners, to be removed before a signal can take its default action. */
const listeners: (readonly [SignalName, () => void])[] = [];

function onSignal(signal: SignalName, listener: () => void): void {
  listeners.push([signal, listener]);
  Deno.addSignalListener(signal, listener);
}

function spawn(command: readonly string[]): Child {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
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

function dieBySignal(signal: number): void {
  const library = libc();
  if (library !== undefined) return library.dieBySignal(signal);
  const name = WITHOUT_CORE[signal];
  if (name === undefined || Deno.build.os === "windows") return;
  for (const [caught, listener] of listeners) if (caught === name) Deno.removeSignalListener(caught, listener);
  Deno.kill(Deno.pid, name);
}

// Without the C library core files cannot be prevented, so only signals that write none.
const WITHOUT_CORE: Readonly<Record<number, Deno.Signal>> = {
  1: "SIGHUP",
  2: "SIGINT",
  9: "SIGKILL",
  14: "SIGALRM",
  15: "SIGTERM",
};

function replaceProcess(words: readonly Uint8Array[]): number {
  const library = libc();
  if (library === undefined) return ENOSYS;
  // Rust programs ignore SIGPIPE, and the new program would inherit that: `yes | head` would not end.
  library.setDisposition(SIGNAL_NUMBERS.SIGPIPE, "default");
  if (areChildrenIgnored()) library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "ignored");
  const errno = library.execvp(words);
  library.setDisposition(SIGNAL_NUMBERS.SIGPIPE, "ignored");
  return errno;
}

const ENOSYS = 38;
