/**
 * The three standard streams and the terminal device.
 * It must not know what is written or asked.
 *
 * @module
 */

/** What a question on the terminal came to. */
export type Answer =
  | { readonly kind: "line"; readonly line: string }
  /** The terminal was closed, or Ctrl-D was typed. */
  | { readonly kind: "end" }
  /** Nobody can be asked. */
  | { readonly kind: "no-terminal" };

/** The standard streams and the terminal device. */
export interface Terminal {
  /** Writes all of it, or throws what the system said. */
  writeStdout(text: string): void;
  /** Writes what can be written: with a closed stderr there is nobody to tell. */
  writeStderr(text: string): void;
  /** One line of stdin without its end, or `undefined` at its end; not a byte more is read, the rest is the command's. */
  readStdinLine(): string | undefined;
  /** Asks on stderr and reads the answer from the terminal device, never from a redirected stdin. */
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
  writeStderr(question);
  // Cooked and with echo: Ctrl-C does what it does everywhere, and the terminal's modes are never touched.
  // The read is asynchronous, and no signal listener stands in its way.
  const buffer = new Uint8Array(MAX_LINE);
  const count = await device.read(buffer);
  if (count === null || count === 0) return { kind: "end" };
  return { kind: "line", line: decodeLine([...buffer.subarray(0, count)]) };
}

/** A terminal gives at most one line at a time, of at most this many bytes (`MAX_CANON` and a margin). */
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
    return Deno.openSync("/dev/tty", { read: true });
  } catch {
    return undefined;
  }
}

function decodeLine(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\r?\n?$/, "");
}
