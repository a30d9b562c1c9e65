/**
 * Runs a command of the shell for what it writes to stdout.
 *
 * @module
 */

/** How a command is captured. */
export interface CaptureOptions {
  /** Whether it may read our stdin if that is a terminal; a pipe or a file is never shared. */
  readonly mayPrompt: boolean;
  /** Variables that it gets in addition to ours. */
  readonly env: Readonly<Record<string, string>>;
  /** The most bytes that are taken; a command that writes more is killed. */
  readonly limit: number;
  /** Kills the command. */
  readonly signal: AbortSignal;
}

/** What a command wrote, and how it ended. */
export interface Captured {
  /** `undefined` if it was too much. */
  readonly stdout: string | undefined;
  readonly code: number;
  /** The signal that ended it, such as `SIGTERM`. */
  readonly signal: string | null;
}

/** Capturing commands. */
export interface Capture {
  /**
   * Runs the command with `/bin/sh` (on Windows `cmd.exe`) and our stderr, until it has ended and its stdout is closed.
   * Rejects with the signal's reason, or with Deno's error if the shell cannot be started.
   */
  captureShell(command: string, options: CaptureOptions): Promise<Captured>;
}

/** The real thing. */
export const capture: Capture = { captureShell };

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
    kill(child);
    // A process below it may hold the pipe open.
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

/** As Node's `exec` does it: https://nodejs.org/api/child_process.html#child_processexeccommand-options-callback */
function shellWords(command: string): readonly [string, ...string[]] {
  if (Deno.build.os === "windows") return [Deno.env.get("ComSpec") || "cmd.exe", "/d", "/s", "/c", `"${command}"`];
  // A single program takes the shell's place, so that it is the one that is killed.
  return ["/bin/sh", "-c", SINGLE_PROGRAM.test(command) ? `exec ${command}` : command];
}

/** Nothing in it ends a command or begins another, sets a variable first, or is the shell's own business. */
const SINGLE_PROGRAM = new RegExp(
  "^\\s*(?!\\w+=|(?:[.:]|cd|command|eval|exec|exit|export|read|set|trap|ulimit|umask|unset|wait)(?:\\s|$))" +
    "[^\\s;|&(){}!`][^;|&(){}!`\\n]*$",
);

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // Gone in the meantime.
  }
}

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
