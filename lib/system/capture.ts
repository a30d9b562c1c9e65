/** Runs a shell command and captures its stdout. */

import { killIfAlive } from "./canary.ts";

/** Options of {@linkcode Capture.captureShell}. */
export interface CaptureOptions {
  /** Whether the command may read our stdin if that is a terminal. A pipe or a file is never shared. */
  readonly mayPrompt: boolean;
  /** Variables that the command gets in addition to ours. */
  readonly env: Readonly<Record<string, string>>;
  /** The maximum size of stdout in bytes; a command that writes more is killed. */
  readonly limit: number;
  /** Kills the command. */
  readonly signal: AbortSignal;
}

/** The output of a command, and how it ended. */
export interface Captured {
  /** `undefined` if it exceeded the limit. */
  readonly stdout: string | undefined;
  readonly code: number;
  /** The signal that ended it, such as `SIGTERM`. */
  readonly signal: string | null;
}

/** The real implementation. */
export const capture = { captureShell };

/**
 * Runs the command with `/bin/sh` (`cmd.exe` on Windows) and our stderr, until it has ended and its stdout is closed.
 * Rejects with the signal's reason, or with Deno's error if the shell cannot be started.
 */
async function captureShell(command: string, options: CaptureOptions): Promise<Captured> {
  const { mayPrompt, env, limit, signal } = options;
  signal.throwIfAborted();
  const [program, ...args] = shellWords(command);
  const child = new Deno.Command(program, {
    args,
    env,
    stdin: mayPrompt && Deno.stdin.isTerminal() ? "inherit" : "null",
    stdout: "piped",
    stderr: "inherit",
    windowsRawArguments: true,
  }).spawn();
  const reader = child.stdout.getReader();
  const stop = () => {
    killIfAlive(child, "SIGKILL");
    // A descendant may hold the pipe open.
    void reader.cancel();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const stdout = await readAll(reader, limit);
    if (stdout === undefined) stop();
    const { code, signal: ended } = await child.status;
    signal.throwIfAborted();
    return { stdout, code, signal: ended };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** As in Node's `exec`: https://nodejs.org/api/child_process.html#child_processexeccommand-options-callback */
function shellWords(command: string): readonly [string, ...string[]] {
  if (Deno.build.os === "windows") return [Deno.env.get("ComSpec") || "cmd.exe", "/d", "/s", "/c", `"${command}"`];
  // A single program replaces the shell, so that killing the child kills the program.
  return ["/bin/sh", "-c", SINGLE_PROGRAM.test(command) ? `exec ${command}` : command];
}

/** One simple command: no operator, no assignment in front, no builtin of the shell. */
const SINGLE_PROGRAM = new RegExp(
  "^\\s*(?!\\w+=|(?:[.:]|cd|command|eval|exec|exit|export|read|set|trap|ulimit|umask|unset|wait)(?:\\s|$))" +
    "[^\\s;|&(){}!`][^;|&(){}!`\\n]*$",
);

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); part.value; part = await reader.read()) {
    size += part.value.length;
    if (size > limit) return undefined;
    chunks.push(part.value);
  }
  return await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).text();
}
