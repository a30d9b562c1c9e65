/**
 * Checks the command before credentials are requested or an MFA code is spent: it exists, and its words are passed on
 * exactly as typed.
 */

import { ArarError, quote } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import { startFailure, type StartSystem } from "./status.ts";

/**
 * Refuses a command that does not exist. Deno or `execvp` decides which file runs, so whatever either of them might
 * find passes.
 */
export function refuseMissingCommand(
  system: StartSystem & Pick<System, "isMissing">,
  env: Env,
  command: readonly string[],
): void {
  const [program = ""] = command;
  const candidates = system.os === "windows" ? candidatesOnWindows(env, program) : candidatesOnUnix(env, program);
  if (candidates?.every((path) => system.isMissing(path))) throw startFailure(system, command, ENOENT);
}

const ENOENT = 2;

/** Every file that this name may run; `undefined` if there may be others. */
function candidatesOnUnix({ PATH }: Env, program: string): readonly string[] | undefined {
  if (program.includes("/")) {
    // Deno ignores a trailing slash and resolves `a/../b` to `b`.
    const inner = program.replace(/^(\.{1,2}\/+)+/, "");
    return /(^~|\/\.\.(\/|$))/.test(inner) ? undefined : [program.replace(/(.)\/+$/, "$1")];
  }
  // Without PATH the C library uses a default. Deno expands `~`.
  const folders = PATH?.split(":");
  if (folders?.some((folder) => folder.startsWith("~"))) return undefined;
  // The last folders are the system's, which have most commands, and each miss costs an error of Deno's.
  return folders?.map((folder) => `${folder || "."}/${program}`).reverse();
}

function candidatesOnWindows({ PATH, PATHEXT }: Env, program: string): readonly string[] | undefined {
  // A path gets no other extension, and a drive may have a current folder of its own.
  if (/[/\\]/.test(program)) {
    return /(^|[/\\])\.\.([/\\]|$)|[~"%]|:(?![/\\])/.test(program) ? undefined : [program, `${program}.exe`];
  }
  if (PATH === undefined || PATHEXT === undefined || program.includes(":")) return undefined;
  const folders = [".", ...PATH.split(";")];
  if (folders.some((folder) => /["%~]/.test(folder))) return undefined;
  return folders.flatMap((folder) => ["", ...PATHEXT.split(";")].map((end) => `${folder || "."}\\${program}${end}`));
}

/**
 * The arguments as typed; throws an `ArarError` if they are unknown. Deno decodes arguments as UTF-8 and replaces
 * invalid bytes with U+FFFD, which may also be a real character of the argument.
 */
export function exactArguments(
  system: Pick<System, "commandLine">,
  command: readonly string[],
): readonly Uint8Array[] {
  const doubtful = command.findIndex((word) => word.includes("\ufffd"));
  if (doubtful === -1) return command.map(encode);
  const words = system.commandLine()?.slice(-command.length) ?? [];
  const isSame = words.length === command.length && words.every((word, index) => decode(word) === command[index]);
  if (!isSame) throw lossy(command, doubtful);
  return words;
}

/** Refuses a command with an argument that is not UTF-8: `cat $'caf\xe9'` would open another file. */
export function refuseLossyArguments(system: Pick<System, "commandLine">, command: readonly string[]): void {
  const exact = exactArguments(system, command);
  const changed = exact.findIndex((bytes, index) => !isEqual(bytes, encode(command[index] ?? "")));
  if (changed !== -1) throw lossy(command, changed);
}

function lossy(command: readonly string[], index: number): ArarError {
  const which = index === 0 ? "the command's name" : `argument ${index} of the command`;
  return new ArarError(`${which} is not UTF-8 and would be changed to ${quote(command[index] ?? "")}`, {
    hints: ["--exec passes it on unchanged (Linux, with -A); or put it in a script and run that"],
  });
}

function encode(word: string): Uint8Array {
  return new TextEncoder().encode(word);
}

function decode(word: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(word);
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
