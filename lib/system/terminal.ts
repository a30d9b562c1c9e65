/**
 * The three standard streams and the terminal device.
 *
 * @module
 */

/** The outcome of a question on the terminal. */
export type Answer =
  | { readonly kind: "line"; readonly line: string }
  /** The terminal was closed, or Ctrl-D was typed. */
  | { readonly kind: "end" }
  /** There is nobody to ask. */
  | { readonly kind: "no-terminal" };

/** The standard streams and the terminal device. */
export interface Terminal {
  /** Writes all of it, or throws what the system said. */
  writeStdout(text: string): void;
  /** Writes what can be written: if stderr is closed there is nobody to tell. */
  writeStderr(text: string): void;
  /** One line of stdin without its line break, or `undefined` at its end. Not a byte more is read: the rest is the command's. */
  readStdinLine(): string | undefined;
  /**
   * Asks on the terminal device and reads the answer from there, whatever the standard streams are. Without permission to write to
   * the device, which takes `-A`, the question goes to stderr.
   */
  ask(question: string): Promise<Answer>;
}

/** The real streams. */
export const terminal: Terminal = {
  writeStdout: (text) => writeAll(Deno.stdout, text),
  writeStderr,
  readStdinLine,
  ask,
};

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

function writeStderr(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch {
    // A closed or full stderr must not change how the command runs.
  }
}

function readStdinLine(): string | undefined {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  while (bytes.length < MAX_LINE) {
    if (!Deno.stdin.readSync(byte)) {
      return bytes.length === 0 ? undefined : decodeLine(bytes);
    }
    if (byte[0] === NEWLINE) return decodeLine(bytes);
    bytes.push(byte[0] ?? 0);
  }
  return decodeLine(bytes);
}

async function ask(question: string): Promise<Answer> {
  using device = openTerminal();
  if (!device) return { kind: "no-terminal" };
  writeDevice(question);
  // Cooked and with echo: Ctrl-C works as everywhere, and the terminal's modes are never touched. The read is asynchronous so
  // that signal listeners can run.
  const buffer = new Uint8Array(MAX_LINE);
  const count = await device.read(buffer);
  if (count === null || count === 0) return { kind: "end" };
  return { kind: "line", line: decodeLine([...buffer.subarray(0, count)]) };
}

const DEVICE = "/dev/tty";

/** A terminal returns at most one line at a time, of at most this many bytes (`MAX_CANON` and a margin). */
const MAX_LINE = 4096;
const NEWLINE = 10;

interface Device extends Disposable {
  read(buffer: Uint8Array): Promise<number | null>;
}

function openTerminal(): Device | undefined {
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
  // Asked first, because the call itself would prompt on a terminal.
  if (Deno.permissions.querySync({ name: "write", path: DEVICE }).state !== "granted") return writeStderr(text);
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
