/** The three standard streams and the terminal device. */

import { isGranted } from "./environment.ts";

/** The outcome of a prompt on the terminal. */
export type Answer =
  | { readonly kind: "line"; readonly line: string }
  /** The terminal was closed, or Ctrl-D was typed. */
  | { readonly kind: "end" }
  | { readonly kind: "no-terminal" };

/** The real streams. */
export const terminal = {
  /** Writes the whole text, or throws the system's error. */
  writeStdout: (text: string): void => writeAll(Deno.stdout, text),
  writeStderr,
  readStdinLine,
  ask,
};

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** Writes as much as possible and ignores errors: there is no place to report them. */
function writeStderr(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch {
    // A closed or full stderr must not change how the command runs.
  }
}

/** Reads a line of stdin, without its line break, and not a byte more: the command gets the rest. `undefined` at the end. */
function readStdinLine(): string | undefined {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  while (bytes.length < MAX_LINE) {
    const isAtEnd = !Deno.stdin.readSync(byte);
    if (isAtEnd && bytes.length === 0) return undefined;
    if (isAtEnd || byte[0] === NEWLINE) break;
    bytes.push(byte[0] ?? 0);
  }
  return decodeLine(bytes);
}

/**
 * Prompts on the terminal device and reads the answer there, whatever the standard streams are. Without permission to
 * write to the device, which requires `-A`, the prompt goes to stderr.
 */
async function ask(question: string): Promise<Answer> {
  using device = openTerminal();
  if (!device) return { kind: "no-terminal" };
  writeDevice(question);
  // The terminal's modes are left alone, so Ctrl-C and editing work as usual. The read is asynchronous, so that signal
  // listeners can run.
  const buffer = new Uint8Array(MAX_LINE);
  const count = await device.read(buffer);
  if (count === null || count === 0) return { kind: "end" };
  return { kind: "line", line: decodeLine([...buffer.subarray(0, count)]) };
}

const DEVICE = "/dev/tty";

/** The maximum length of a line. A terminal returns one line per read, at most `MAX_CANON` bytes (less than this). */
const MAX_LINE = 4096;
const NEWLINE = 10;

function openTerminal() {
  if (Deno.build.os === "windows") {
    const read = (buffer: Uint8Array) => Deno.stdin.read(buffer);
    return Deno.stdin.isTerminal() ? { read, [Symbol.dispose]() {} } : undefined;
  }
  try {
    return Deno.openSync(DEVICE, { read: true });
  } catch {
    return undefined;
  }
}

function writeDevice(text: string): void {
  if (!isGranted({ name: "write", path: DEVICE })) return writeStderr(text);
  try {
    using device = Deno.openSync(DEVICE, { write: true });
    writeAll(device, text);
  } catch {
    writeStderr(text);
  }
}

function decodeLine(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\r?\n?$/, "");
}
