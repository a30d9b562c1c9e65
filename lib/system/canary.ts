/**
 * The canary: a process in arar's process group that shows whether a signal went to the whole group or to arar alone.
 *
 * A signal to the group (Ctrl-C, `timeout`, many CI runners) has already reached the command; one to arar alone
 * (`docker stop`, `kill PID`) has not. Neither Deno nor POSIX tells the receiver which it was. So a shell waits beside
 * the command, which a signal to the group kills and which otherwise answers. It reads from a pipe held by arar, so it
 * ends when arar ends, for whatever reason. It has no environment and none of arar's streams.
 */

import { isGranted } from "./environment.ts";

/** A process that a signal to the group kills. */
export interface Canary {
  /** Resolves once it is dead, to the signal that killed it, such as `SIGTERM`. */
  readonly killed: Promise<string | null>;
  /** Whether it is alive. What has been sent a deadly signal does not answer, however busy the machine is. */
  answers(): Promise<boolean>;
  stop(): void;
}

const SHELL = "/bin/sh";

// `ulimit -c 0`: SIGQUIT must not leave a core file.
const SCRIPT =
  "ulimit -c 0; while read -r _; do echo; done # arar: tells signals to the group from signals to arar alone";

/** Starts a canary; `undefined` if there is no shell, or it is not permitted, or the process limit is reached. */
export function startCanary(): Canary | undefined {
  if (Deno.build.os === "windows" || !isGranted({ name: "run", command: SHELL })) return undefined;
  try {
    return watch(
      new Deno.Command(SHELL, {
        args: ["-c", SCRIPT],
        clearEnv: true,
        cwd: "/",
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn(),
    );
  } catch {
    return undefined;
  }
}

function watch(shell: Deno.ChildProcess): Canary {
  shell.unref();
  const [questions, answers] = [shell.stdin.getWriter(), shell.stdout.getReader()];
  const ask = async () => {
    try {
      await questions.write(new TextEncoder().encode("\n"));
      return !(await answers.read()).done;
    } catch {
      return false;
    }
  };
  let asked = Promise.resolve(true);
  return {
    killed: shell.status.then(({ signal }) => signal, () => null),
    // One question at a time: two answers may arrive as one.
    answers: () => asked = asked.then(ask),
    stop: () => killIfAlive(shell, "SIGKILL"),
  };
}

/** Sends a child of ours a signal, unless it has ended. */
export function killIfAlive(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // Already gone.
  }
}
