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
  12: "ENOMEM",
  13: "EACCES",
  20: "ENOTDIR",
  23: "ENFILE",
  24: "EMFILE",
  26: "ETXTBSY",
};

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and environment are too large",
  EACCES: "permission denied: not executable, or a directory",
  EAGAIN: "no more processes are allowed, see `ulimit -u` and the limits of the container",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files, see `ulimit -n`",
  ENFILE: "the whole system has too many open files",
  ENOEXEC: "not a program that this system can run",
  ENOMEM: "not enough memory",
  ENOTDIR: "part of its path is not a directory",
  ETXTBSY: "the file is open for writing",
};

/** The part of the system that explains a failed start. */
export type StartSystem = Pick<System, "mayRead" | "os" | "readTextFileSync">;

/** Why a command could not start, with exit code 127 if it was not found and 126 if it cannot be run, as in GNU `env`. */
export function startFailure(system: StartSystem, command: readonly string[], error: unknown): ArarError {
  const { shown, hints } = guess(system, command);
  const fail = (why: string, options: Omit<ArarErrorOptions, "cause">) =>
    new ArarError(`cannot run ${quote(shown)}: ${why}`, { cause: error, ...options });
  if (error instanceof Error && error.name === "NotCapable") {
    return fail("Deno denied permission", { hints: ["run arar with -A, or with --allow-run"] });
  }
  const code = codeOf(error);
  if (code === "ENOENT") return fail(...notFound(system, shown, hints));
  // Windows has EINVAL since Deno 2.9.6 for what had no code.
  const isTold = code !== undefined && !(system.os === "windows" && code === "EINVAL");
  const why = isTold ? REASONS[code] ?? code : withoutCode(system, command);
  return fail(why, { exitCode: EXIT.notRunnable });
}

/** What a command that was not found was probably meant to be. The value of a variable may be secret and is not shown. */
function guess(
  { os }: Pick<System, "os">,
  [program = ""]: readonly string[],
): { readonly shown: string; readonly hints: readonly string[] } {
  const shell = os === "windows" ? "cmd /c ..." : "sh -c '...'";
  const [, name] = /^([A-Za-z_]\w*)=/.exec(program) ?? [];
  if (name !== undefined) {
    return { shown: `${name}=...`, hints: [`to set a variable for the command: arar ... -- env ${name}=... COMMAND`] };
  }
  const builtIns = os === "windows" ? BUILT_INTO_CMD : BUILT_INTO_SH;
  const hints: readonly [isMeant: boolean, hint: string][] = [
    [program === "help", "for arar's own help: arar --help"],
    [builtIns.test(program), `it is a part of the shell, not a program: arar ... -- ${shell}`],
    [/[|&;<>$`]/.test(program), `shell syntax needs a shell: arar ... -- ${shell}`],
    [/\s/.test(program), "if this is a command with arguments, do not quote it as a whole"],
  ];
  const hint = hints.find(([isMeant]) => isMeant)?.[1];
  return { shown: program, hints: hint === undefined ? [] : [hint] };
}

const BUILT_INTO_SH =
  /^([.[{]|\[\[|alias|bg|case|cd|declare|eval|exec|exit|export|fg|for|function|if|jobs|let|local|popd|pushd|read|return|set|shift|shopt|source|trap|type|ulimit|umask|unalias|unset|until|wait|while)$/;
const BUILT_INTO_CMD =
  /^(assoc|call|cd|chdir|cls|copy|date|del|dir|echo|erase|exit|for|ftype|if|md|mkdir|mklink|move|path|popd|pushd|rd|rem|ren|rename|rmdir|set|start|time|title|type|ver|vol)$/i;

/** The system's own name of the reason; `undefined` if Deno does not tell it. */
function codeOf(error: unknown): string | undefined {
  if (typeof error === "number") return ERRNO[error] ?? `system error ${error}`;
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function withoutCode({ os }: Pick<System, "os">, [, ...args]: readonly string[]): string {
  if (os !== "windows") return "the operating system refused to start it";
  return args.some((word) => /[\r\n]/.test(word))
    ? "Windows passes no line break to a batch file (.cmd, .bat)"
    : "it is missing, or not a program that Windows can start (.exe, .com, .cmd, .bat)";
}

function notFound(
  system: StartSystem,
  program: string,
  hints: readonly string[],
): [why: string, options: Omit<ArarErrorOptions, "cause">] {
  const exitCode = EXIT.notFound;
  if (!/[/\\]/.test(program)) return ["not found on PATH", { exitCode, hints }];
  const interpreter = interpreterOf(system, program);
  if (interpreter?.endsWith("\r")) {
    const hint = "save it with the line ends of Unix (LF), as dos2unix does";
    return ["its first line ends with a carriage return, as in files of Windows", { exitCode, hints: [hint] }];
  }
  const why = interpreter === undefined ? NO_FILE : `${quote(interpreter)}, which its first line names, is missing`;
  return [why, { exitCode, hints }];
}

const NO_FILE = "no such file, or the interpreter in its first line is missing";

/** The interpreter that the first line of a script names. */
function interpreterOf(system: StartSystem, path: string): string | undefined {
  try {
    return system.mayRead(path) ? /^#! *([^ \n]+)/.exec(system.readTextFileSync(path) ?? "")?.[1] : undefined;
  } catch {
    return undefined;
  }
}
