/**
 * The canary: a process in arar's process group that shows whether a signal went to the whole group or to arar alone.
 *
 * A signal to the group (Ctrl-C, `timeout`, many CI runners) has already reached the command, one to arar alone
 * (`docker stop`, `kill PID`) has not, and neither Deno nor POSIX tells the receiver which it was. So a shell waits
 * beside the command with the signals blocked: what is sent to the group stays pending in it, where
 * `/proc/PID/status` shows it. It reads from a pipe of arar's and so ends when arar does, however that ends;
 * it has no environment and none of arar's streams.
 *
 * @module
 */

import { libc, type PosixSignal, SIGNAL_NUMBERS } from "./libc.ts";

/** A process that a signal to the group reaches, too. It is there before the command is. */
export interface Canary {
  /** To be called right before the command is started. */
  commandStarts(): void;
  /** To be called as soon as the command has been started: the signals that came before it, and so never reached it. */
  commandStarted(pid: number): readonly PosixSignal[];
  /** Whether the signal has reached the canary; `undefined` once it is gone and cannot tell. */
  heard(signal: PosixSignal): boolean | undefined;
  /** Ends it. */
  stop(): void;
}

const SHELL = "/bin/sh";

// `ulimit -c 0`: a canary that does not block SIGQUIT dies of it and must not leave a core file.
const SCRIPT = "ulimit -c 0; read -r _ # arar: tells signals to the group from signals to arar alone";

/** Starts a canary for these signals; `undefined` if there can be none. */
export function startCanary(signals: readonly PosixSignal[]): Canary | undefined {
  if (Deno.build.os === "windows" || !isGranted({ name: "run", command: SHELL })) return undefined;
  const library = libc();
  const canSeePending = Deno.build.os === "linux" && isGranted({ name: "read" });
  if (library === undefined || !canSeePending) return new DyingCanary();
  const shell = library.withBlocked(signals.map((name) => SIGNAL_NUMBERS[name]), spawnShell);
  return shell && new PendingCanary(shell, signals);
}

/** Asked first, because the call itself would prompt on a terminal. */
function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** `undefined` if there is no shell, or no process left: signals are then passed on by a rule of thumb. */
function spawnShell(): Deno.ChildProcess | undefined {
  try {
    const shell = new Deno.Command(SHELL, {
      args: ["-c", SCRIPT],
      clearEnv: true,
      cwd: "/",
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    shell.unref();
    return shell;
  } catch {
    return undefined;
  }
}

/** Blocks the signals for good: what was sent to the group stays pending. */
class PendingCanary implements Canary {
  readonly #shell: Deno.ChildProcess;
  readonly #signals: readonly PosixSignal[];
  #before = 0n;

  constructor(shell: Deno.ChildProcess, signals: readonly PosixSignal[]) {
    this.#shell = shell;
    this.#signals = signals;
  }

  commandStarts(): void {
    this.#before = this.#pending() ?? 0n;
  }

  /**
   * What was not there right before the start came before or after it. A command that has no handler yet cannot have seen the
   * signal and live on, unless it ignores it. One that has a handler has been running for a while, so the signal came after.
   */
  commandStarted(pid: number): readonly PosixSignal[] {
    const pending = this.#pending() ?? 0n;
    if (pending === 0n) return [];
    const caught = signalMask(pid, "SigCgt") ?? 0n;
    const missed = this.#before | (pending & ~caught);
    return this.#signals.filter((signal) => includes(missed, signal));
  }

  heard(signal: PosixSignal): boolean | undefined {
    const pending = this.#pending();
    return pending === undefined ? undefined : includes(pending, signal);
  }

  stop(): void {
    stop(this.#shell);
  }

  #pending(): bigint | undefined {
    return signalMask(this.#shell.pid, "ShdPnd");
  }
}

/** Signals of a process, by field of `/proc/PID/status`: pending for the whole process, or caught. */
function signalMask(pid: number, field: "ShdPnd" | "SigCgt"): bigint | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
    return mask === undefined ? undefined : BigInt(`0x${mask}`);
  } catch {
    return undefined;
  }
}

function includes(mask: bigint, signal: PosixSignal): boolean {
  return (mask >> BigInt(SIGNAL_NUMBERS[signal] - 1) & 1n) === 1n;
}

/**
 * Dies of the first signal: all that can be seen without the C library or `/proc`. Its death is noticed too late to tell what
 * came before the command, so it starts right after it: what it misses is passed on.
 */
class DyingCanary implements Canary {
  #shell: Deno.ChildProcess | undefined;
  #isDead = false;

  commandStarts(): void {}

  commandStarted(): readonly PosixSignal[] {
    this.#shell = spawnShell();
    const died = () => void (this.#isDead = true);
    this.#shell?.status.then(died, died);
    return [];
  }

  heard(signal: PosixSignal): boolean | undefined {
    if (this.#shell === undefined) return undefined;
    // Nothing dies of SIGWINCH: so it counts as sent to the group, which is what a terminal does.
    return this.#isDead || signal === "SIGWINCH";
  }

  stop(): void {
    if (this.#shell) stop(this.#shell);
  }
}

function stop(shell: Deno.ChildProcess): void {
  try {
    shell.kill("SIGKILL");
  } catch {
    // Already gone.
  }
}
