/**
 * How a command ended, or why it could not start, in terms of our own end.
 * It must not know how the command was started or which signals were passed on.
 *
 * @module
 */

import { ArarError, EXIT, quote } from "../errors.ts";
import type { System } from "../system.ts";
import type { ChildEnd } from "../system/processes.ts";

/** The exit code that stands for an end: the command's own, or 128+n as in every shell. */
export function exitCode(end: ChildEnd): number {
  switch (end.kind) {
    case "exited":
      return end.code;
    case "signalled":
      return 128 + end.signal;
    default:
      return end satisfies never;
  }
}

/**
 * Ends as the command did: killed by a signal, we die of the same one. A shell that runs us in a loop stops on Ctrl-C only if it
 * sees that death: https://www.cons.org/cracauer/sigint.html
 * Returns the exit code where dying is not for us to do, or did not happen.
 */
export async function endLike(
  system: Pick<System, "dieBySignal" | "os" | "pid" | "sleep">,
  end: ChildEnd,
): Promise<number> {
  // The kernel shields process 1 of a container from signals in their default meaning: pid_namespaces(7).
  if (end.kind === "signalled" && system.os !== "windows" && system.pid !== 1) {
    system.dieBySignal(end.signal);
    await system.sleep(DYING);
  }
  return exitCode(end);
}

/** Long enough for a signal of our own to arrive; spent only where it is blocked or not lethal to us. */
const DYING = 500;

/** `errno` values that Linux and macOS share, for the codes that starting a program brings. */
const ERRNO: Readonly<Record<number, string>> = {
  2: "ENOENT",
  7: "E2BIG",
  8: "ENOEXEC",
  13: "EACCES",
  20: "ENOTDIR",
};

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and environment are too long for the system",
  EACCES: "permission denied: it is not executable, or a directory",
  ELOOP: "too many symbolic links",
  ENOEXEC: "not a program that this system can run",
  ENOTDIR: "part of its path is not a directory",
};

/** Why a command could not start: 127 if it was not found, 126 if it was but cannot run, as GNU `env` has it. */
export function startFailure(
  command: readonly string[],
  error: unknown,
): ArarError {
  const program = command[0] ?? "";
  if (error instanceof Error && error.name === "NotCapable") {
    return new ArarError(
      `cannot run ${quote(program)}: Deno does not permit it`,
      {
        hints: ["start arar with -A, or with --allow-run"],
        cause: error,
      },
    );
  }
  const code = codeOf(error);
  if (code === "ENOENT") {
    return new ArarError(`cannot run ${quote(program)}: ${notFound(program)}`, {
      exitCode: EXIT.notFound,
      cause: error,
    });
  }
  return new ArarError(
    `cannot run ${quote(program)}: ${REASONS[code] ?? code}`,
    {
      exitCode: EXIT.notRunnable,
      cause: error,
    },
  );
}

function codeOf(error: unknown): string {
  if (typeof error === "number") {
    return ERRNO[error] ?? `error ${error} of the system`;
  }
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "the system refused it";
}

function notFound(program: string): string {
  return /[/\\]/.test(program)
    ? "there is no such file, or the interpreter that its first line names is missing"
    : "not found on PATH";
}
