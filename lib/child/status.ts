/** Turns the end of the command, or its failure to start, into our own exit. */

import { ArarError, type ArarErrorOptions, EXIT, quote } from "../errors.ts";
import type { System } from "../system.ts";
import type { ChildEnd } from "../system/processes.ts";

/** The command's exit code, or 128+n for signal n, as in every shell. */
export function exitCode(end: ChildEnd): number {
  return end.kind === "exited" ? end.code : 128 + end.signal;
}

/**
 * Ends as the command did: if a signal killed it, we die of the same one. A shell that runs us in a loop stops on
 * Ctrl-C only if it sees that: https://www.cons.org/cracauer/sigint.html Returns the exit code if no signal killed the
 * command, or ours did not kill us.
 */
export async function endLike(
  system: Pick<System, "dieBySignal" | "os" | "pid" | "sleep">,
  end: ChildEnd,
): Promise<number> {
  // Process 1 of a container cannot be killed by a signal that it does not handle: pid_namespaces(7).
  if (end.kind === "signalled" && system.os !== "windows" && system.pid !== 1) {
    system.dieBySignal(end.signal);
    await system.sleep(DYING);
  }
  return exitCode(end);
}

/** Milliseconds for our own signal to arrive. The wait ends early unless the signal is blocked or does not kill us. */
const DYING = 500;

/** The `errno` values of a failed start that Linux and macOS share. */
const ERRNO: Readonly<Record<number, string>> = {
  2: "ENOENT",
  7: "E2BIG",
  8: "ENOEXEC",
  13: "EACCES",
  20: "ENOTDIR",
};

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and environment are too large",
  EACCES: "permission denied: not executable, or a directory",
  ELOOP: "too many symbolic links",
  ENOEXEC: "not a program that this system can run",
  ENOTDIR: "part of its path is not a directory",
};

/** Why a command could not start, with exit code 127 if it was not found and 126 if it cannot be run, as in GNU `env`. */
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

/** What a command that was not found was probably meant to be. The value of a variable may be secret and is not shown. */
function guess([program = ""]: readonly string[]): { readonly shown: string; readonly hints: readonly string[] } {
  const [, name] = /^([A-Za-z_]\w*)=/.exec(program) ?? [];
  if (name !== undefined) {
    return { shown: `${name}=...`, hints: [`to set a variable for the command: arar ... -- env ${name}=... COMMAND`] };
  }
  if (/[|&;<>$`]/.test(program)) {
    return { shown: program, hints: ["shell syntax needs a shell: arar ... -- sh -c '...'"] };
  }
  if (/\s/.test(program)) {
    return { shown: program, hints: ["if this is a command with arguments, do not quote it as a whole"] };
  }
  return { shown: program, hints: [] };
}

function codeOf(error: unknown): string {
  if (typeof error === "number") return ERRNO[error] ?? `system error ${error}`;
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "the operating system refused to start it";
}

function notFound(program: string): string {
  return /[/\\]/.test(program) ? "no such file, or the interpreter in its first line is missing" : "not found on PATH";
}
