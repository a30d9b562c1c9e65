/** The command's arguments as bytes: they are passed on exactly as typed, or refused. */

import { ArarError, quote } from "../errors.ts";
import type { System } from "../system.ts";

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
