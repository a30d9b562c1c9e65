/**
 * The canary: a process in arar's process group that shows whether a signal went to the whole group or to arar alone.
 * It must not know what is done about it.
 *
 * A signal to the group (Ctrl-C, `timeout`, many CI runners) has already reached the command, one to arar alone
 * (`docker stop`, `kill PID`) has not, and nothing in Deno or in POSIX tells the receiver which it was. So a shell waits
 * beside the command with the signals blocked: what is sent to the group stays pending in it, where
 * `/proc/PID/status` shows it. It reads a pipe of arar's and so ends when arar does, however that ends;
 * it has no environment and none of arar's streams.
 *
 * @module
 */

import { libc, type PosixSignal, SIGNAL_NUMBERS } from "./libc.ts";

/** A process that a signal to the group reaches, too. */
export interface Canary {
  /** Whether the signal has reached it; `undefined` once it is gone and cannot tell. */
  heard(signal: PosixSignal): boolean | undefined;
  /** Ends it. */
  stop(): void;
}

const SHELL = "/bin/sh";

// `ulimit -c 0`: where nothing holds SIGQUIT back, the canary dies of it and must not leave a core file.
const SCRIPT = "ulimit -c 0; read -r _ # arar: tells signals to the group from signals to arar alone";

/** Starts a canary that hears these signals; `undefined` where none can be had. */
export function startCanary(signals: readonly PosixSignal[]): Canary | undefined {
  if (Deno.build.os === "windows" || !isGranted({ name: "run", command: SHELL })) return undefined;
  const library = libc();
  const canSeePending = Deno.build.os === "linux" &&
    isGranted({ name: "read" });
  try {
    if (library === undefined || !canSeePending) {
      return dyingCanary(spawnShell());
    }
    return pendingCanary(
      library.withBlocked(
        signals.map((name) => SIGNAL_NUMBERS[name]),
        spawnShell,
      ),
    );
  } catch {
    // No shell, or no process left: signals are then forwarded by a rule of thumb.
    return undefined;
  }
}

/** Asked first, because the call itself would prompt on a terminal. */
function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

function spawnShell(): Deno.ChildProcess {
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
}

/** Holds the signals back for ever: what was sent to the group stays pending. */
function pendingCanary(shell: Deno.ChildProcess): Canary {
  return {
    heard: (signal) => isPending(shell.pid, SIGNAL_NUMBERS[signal]),
    stop: () => stop(shell),
  };
}

function isPending(pid: number, signal: number): boolean | undefined {
  try {
    const pending = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return pending === undefined ? undefined : (BigInt(`0x${pending}`) >> BigInt(signal - 1) & 1n) === 1n;
  } catch {
    return undefined;
  }
}

/** Dies of the first signal: all that can be seen without the C library or `/proc`. */
function dyingCanary(shell: Deno.ChildProcess): Canary {
  let dead = false;
  shell.status.then(() => dead = true, () => dead = true);
  return {
    // Nothing dies of SIGWINCH: so it counts as sent to the group, as a terminal does it.
    heard: (signal) => dead || signal === "SIGWINCH",
    stop: () => stop(shell),
  };
}

function stop(shell: Deno.ChildProcess): void {
  try {
    shell.kill("SIGKILL");
  } catch {
    // Already gone.
  }
}
