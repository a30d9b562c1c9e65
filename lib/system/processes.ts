/**
 * Processes and signals: starting a command, becoming it, catching and sending signals.
 *
 * @module
 */

import { type Canary, startCanary } from "./canary.ts";
import { keepAlive } from "./clock.ts";
import { areChildrenIgnored, commandStarted, endedAsInit, guardSignals } from "./guard.ts";
import { libc, type PosixSignal, SIGNAL_NUMBERS } from "./libc.ts";

export type { Canary, PosixSignal };

/** Signals of Unix that can be passed on, those of job control, and the Windows console events that are left to the command. */
export type SignalName = PosixSignal | "SIGCHLD" | "SIGCONT" | "SIGBREAK";

/** How a command ended. */
export type ChildEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: number };

/** A command that runs on our three standard streams. */
export interface Child {
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Sends it a signal; nothing happens once it is gone. */
  kill(signal: PosixSignal): void;
}

/** Processes and signals. */
export interface Processes {
  readonly pid: number;
  /**
   * To be called once, before anything that takes time: signals that our caller ignores (`nohup`, `&` in sh) are ignored by
   * us and the command, and the debugger that `deno run` opens on SIGUSR1 is closed. Does nothing if FFI is not granted.
   */
  guardSignals(): void;
  /**
   * Resolves only as process 1 of a container: with the exit code for a signal that asks us to end before the command is started.
   * Nothing dies of a signal there, and Deno crashes when it tries to: pid_namespaces(7).
   */
  endedAsInit(): Promise<number>;
  /** Catches a signal from now on. */
  onSignal(signal: SignalName, listener: () => void): void;
  /** Whether one of the three standard streams is a terminal. */
  hasTerminal(): boolean;
  /** Starts the command with our streams, environment and directory; throws Deno's error, whose `code` says why not. */
  spawn(command: readonly string[]): Child;
  /** A process that gets what is sent to the whole group, if there can be one. */
  startCanary(signals: readonly PosixSignal[]): Canary | undefined;
  /** The process group of a process, if the system tells. */
  processGroup(pid: number): number | undefined;
  /** Whether this child of ours is stopped, if the system tells. */
  isStopped(pid: number): boolean;
  /** Stops us as Ctrl-Z does. Nothing happens if no shell could resume us. */
  stopSelf(): void;
  /** Resumes a process group; if ours is in the foreground of the terminal, it takes that place. */
  resume(group: number): void;
  /** Sends ourselves a signal that takes its default action; returns if that was not possible, or takes a moment. */
  dieBySignal(signal: number): void;
  /** Whether {@linkcode replaceProcess} can be used at all. */
  canReplaceProcess(): boolean;
  /** Becomes the command; returns the error number (`errno`) if that failed. */
  replaceProcess(words: readonly Uint8Array[]): number;
}

/** The real processes and signals. */
export const processes: Processes = {
  pid: Deno.pid,
  guardSignals,
  endedAsInit,
  onSignal,
  hasTerminal: () =>
    Deno.stdin.isTerminal() || Deno.stdout.isTerminal() ||
    Deno.stderr.isTerminal(),
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

/** What catches signals, to be taken away before one of them is to take its default action. */
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
  // When an uncaught error ends the program, Deno kills every child that is not unref'd. So a timer keeps the program alive
  // instead.
  child.unref();
  commandStarted();
  const letEnd = keepAlive();
  return {
    pid: child.pid,
    ended: child.status.then(endOf, endOfRealTimeSignal).finally(letEnd),
    kill(signal) {
      try {
        child.kill(signal);
      } catch {
        // Gone in the meantime.
      }
    },
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
  // 127 is what a shell reports when it cannot tell how its child ended: bash(1), wait.
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

// Without the C library a core file cannot be prevented, so only these.
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
  // Rust ignores SIGPIPE, and what is ignored stays ignored in the new program: `yes | head` would not end.
  library.setDisposition(SIGNAL_NUMBERS.SIGPIPE, "default");
  if (areChildrenIgnored()) {
    library.setDisposition(SIGNAL_NUMBERS.SIGCHLD, "ignored");
  }
  const errno = library.execvp(words);
  library.setDisposition(SIGNAL_NUMBERS.SIGPIPE, "ignored");
  return errno;
}

const ENOSYS = 38;
