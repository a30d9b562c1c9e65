/**
 * The canary: a process in arar's process group that shows whether a signal went to the whole group or to arar alone.
 *
 * A signal to the group (Ctrl-C, `timeout`, many CI runners) has already reached the command; one to arar alone
 * (`docker stop`, `kill PID`) has not. Neither Deno nor POSIX tells the receiver which it was. So a shell waits beside
 * the command with the signals blocked: a signal to the group stays pending there, which `/proc/PID/status` shows. The
 * shell reads from a pipe held by arar, so it ends when arar ends, for whatever reason. It has no environment and none
 * of arar's streams.
 */

import { libc, type PosixSignal, SIGNAL_NUMBERS } from "./libc.ts";

/** A process that also receives signals to the group, from before the command starts. */
export interface Canary {
  /** Call it right before starting the command. */
  beforeSpawn(): void;
  /** Call it as soon as the command has been started. Returns the signals that arrived too early to reach it. */
  afterSpawn(pid: number): readonly PosixSignal[];
  /** Whether the canary has received the signal; `undefined` if the canary is gone. */
  heard(signal: PosixSignal): boolean | undefined;
  stop(): void;
}

const SHELL = "/bin/sh";

// `ulimit -c 0`: SIGQUIT kills a canary that does not block it, which must not leave a core file.
const SCRIPT = "ulimit -c 0; read -r _ # arar: tells signals to the group from signals to arar alone";

/** Starts a canary for these signals; `undefined` if that is not possible. */
export function startCanary(signals: readonly PosixSignal[]): Canary | undefined {
  if (Deno.build.os === "windows" || !isGranted({ name: "run", command: SHELL })) return undefined;
  const library = libc();
  const canSeePending = Deno.build.os === "linux" && isGranted({ name: "read" });
  if (library === undefined || !canSeePending) return dyingCanary();
  const shell = library.withBlocked(signals.map((name) => SIGNAL_NUMBERS[name]), spawnShell);
  return shell && pendingCanary(shell, signals);
}

/** Checked first, because the call itself would prompt on a terminal. */
function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** `undefined` if there is no shell or the process limit is reached; a heuristic then decides which signals to relay. */
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

/** Never unblocks the signals, so what was sent to the group stays pending. */
function pendingCanary(shell: Deno.ChildProcess, signals: readonly PosixSignal[]): Canary {
  const pending = () => signalMask(shell.pid, "ShdPnd");
  let before = 0n;
  return {
    beforeSpawn: () => void (before = pending() ?? 0n),
    afterSpawn(pid) {
      const after = pending() ?? 0n;
      if (after === 0n) return [];
      // A signal that was not yet pending in `beforeSpawn` arrived just before or just after the start. If the command
      // has no handler for it yet, the signal came before: otherwise it would have killed the command, unless it is
      // ignored. If the command has a handler, it has been running for a while, so the signal came after.
      const caught = signalMask(pid, "SigCgt") ?? 0n;
      const missed = before | (after & ~caught);
      return signals.filter((signal) => includes(missed, signal));
    },
    heard(signal) {
      const now = pending();
      return now === undefined ? undefined : includes(now, signal);
    },
    stop: () => stop(shell),
  };
}

/** A set of signals from `/proc/PID/status`: those pending for the process, or those it catches. */
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
 * Dies of the first signal, which is all that can be observed without the C library or `/proc`. Its death is noticed
 * too late to tell what arrived before the command, so it starts right after the command: signals it misses are
 * relayed.
 */
function dyingCanary(): Canary {
  let shell: Deno.ChildProcess | undefined;
  let isDead = false;
  return {
    beforeSpawn: () => {},
    afterSpawn() {
      shell = spawnShell();
      const died = () => void (isDead = true);
      shell?.status.then(died, died);
      return [];
    },
    // SIGWINCH kills nothing, so it counts as sent to the group, as a terminal sends it.
    heard: (signal) => shell && (isDead || signal === "SIGWINCH"),
    stop: () => stop(shell),
  };
}

function stop(shell: Deno.ChildProcess | undefined): void {
  try {
    shell?.kill("SIGKILL");
  } catch {
    // Already gone.
  }
}
