/**
 * How a command ended, or why it could not start, in terms of our own end.
 *
 * @module
 */

import { ArarError, type ArarErrorOptions, EXIT, quote } from "../errors.ts";
import type { System } from "../system.ts";
import type { ChildEnd } from "../system/processes.ts";

/** The exit code for an end: the command's own, or 128+n as in every shell. */
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
 * Ends as the command did: if a signal killed it, we die of the same one. A shell that runs us in a loop stops on Ctrl-C only if
 * it sees that: https://www.cons.org/cracauer/sigint.html
 * Returns the exit code if we are not to die, or did not.
 */
export async function endLike(
  system: Pick<System, "dieBySignal" | "os" | "pid" | "sleep">,
  end: ChildEnd,
): Promise<number> {
  // Nothing that process 1 of a container does not handle can kill it: pid_namespaces(7).
  if (end.kind === "signalled" && system.os !== "windows" && system.pid !== 1) {
    system.dieBySignal(end.signal);
    await system.sleep(DYING);
  }
  return exitCode(end);
}

/** Long enough for our own signal to arrive; spent only if it is blocked or does not kill us. */
const DYING = 500;

/** The `errno` values of starting a program that Linux and macOS share. */
const ERRNO: Readonly<Record<number, string>> = {
  2: "ENOENT",
  7: "E2BIG",
  8: "ENOEXEC",
  13: "EACCES",
  20: "ENOTDIR",
};

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and environment are too large for the system",
  EACCES: "permission denied: not executable, or a directory",
  ELOOP: "too many symbolic links",
  ENOEXEC: "not a program this system can run",
  ENOTDIR: "part of its path is not a directory",
};

/** Why a command could not start: 127 if it was not found, 126 if it was but cannot run, as GNU `env` does. */
export function startFailure(command: readonly string[], error: unknown): ArarError {
  const { shown, hints } = guess(command);
  const fail = (why: string, options: Omit<ArarErrorOptions, "cause">) =>
    new ArarError(`cannot run ${quote(shown)}: ${why}`, { cause: error, ...options });
  if (error instanceof Error && error.name === "NotCapable") {
    return fail("Deno denied permission", { hints: ["run arar with -A, or with --allow-run"] });
  }
  const code = codeOf(error);
  return code === "ENOENT"
    ? fail(notFound(shown), { exitCode: EXIT.notFound, hints })
    : fail(REASONS[code] ?? code, { exitCode: EXIT.notRunnable });
}

/** What a program that is not found was likely meant to be. The value of a variable may be secret and is not shown. */
function guess([program = ""]: readonly string[]): { readonly shown: string; readonly hints: readonly string[] } {
  const [, name] = /^([A-Za-z_]\w*)=/.exec(program) ?? [];
  if (name !== undefined) {
    return { shown: `${name}=...`, hints: [`to set a variable for the command: arar ... -- env ${name}=... COMMAND`] };
  }
  if (/[|&;<>$`]/.test(program)) {
    return { shown: program, hints: ["a line of shell needs a shell: arar ... -- sh -c '...'"] };
  }
  if (/\s/.test(program)) {
    return { shown: program, hints: ["if the quotes hold a command and its arguments, leave them out"] };
  }
  return { shown: program, hints: [] };
}

function codeOf(error: unknown): string {
  if (typeof error === "number") {
    return ERRNO[error] ?? `system error ${error}`;
  }
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "the system refused to start it";
}

function notFound(program: string): string {
  return /[/\\]/.test(program)
    ? "no such file, or the interpreter named in its first line is missing"
    : "not found on PATH";
}
