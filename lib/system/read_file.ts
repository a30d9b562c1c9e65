/** Reads whole files, but neither without end nor for ever. */

import { clock } from "./clock.ts";

/** What is read of a file at most, in bytes: shared files of ten thousand profiles have a fourth of it. */
const LARGEST = 10 * 1024 * 1024;
/** How long a pipe may take until somebody writes to it, and until that has ended, in milliseconds. */
const [UNTIL_OPEN, UNTIL_END] = [2_000, 30_000];
/** How often to look again, in milliseconds. */
const PIPE_POLL = 10;

/** A file that has no end in sight. */
class EndlessFile extends Error {
  override readonly name = "EndlessFile";
  /** Like every error of a file. */
  readonly code = "EFBIG";
}

/** Reads a file of any kind to its end; throws if it is larger, or is a pipe and takes longer, than any use of it needs. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  for (const steps = reading(path);;) {
    const { done, value } = steps.next();
    if (done) return value;
    await clock.sleep(PIPE_POLL);
  }
}

/** The same, without anything else in the meantime. */
export function readFileSync(path: string): Uint8Array<ArrayBuffer> {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (const steps = reading(path);;) {
    const { done, value } = steps.next();
    if (done) return value;
    Atomics.wait(nothing, 0, 0, PIPE_POLL);
  }
}

/** Yields while there is nothing to read yet. */
function* reading(path: string): Generator<void, Uint8Array<ArrayBuffer>, void> {
  // Windows has no pipes among its files, and no information on `nul`.
  const info = Deno.build.os === "windows" ? undefined : Deno.statSync(path);
  using file = !info || info.isFile || info.isDirectory ? Deno.openSync(path) : openWithoutWaiting(path);
  return yield* readToEnd(file, (info?.size ?? 0) + 1, info?.isFifo === true && !path.startsWith("/dev/"));
}

/** `readSync` returns `undefined` if there is nothing to read yet. A named pipe seems to end until somebody opens it. */
function* readToEnd(
  file: { readSync(buffer: Uint8Array): number | null | undefined },
  size: number,
  isNamedPipe: boolean,
): Generator<void, Uint8Array<ArrayBuffer>, void> {
  let [bytes, length, isOpen] = [new Uint8Array(Math.min(size, LARGEST)), 0, !isNamedPipe];
  for (const start = performance.now();;) {
    const count = file.readSync(bytes.subarray(length));
    length += count ?? 0;
    isOpen ||= count !== null;
    if (count) {
      if (length > LARGEST) throw new EndlessFile(`it is larger than ${LARGEST / 1024 / 1024} MB`);
      if (length === bytes.length) bytes = enlarged(bytes);
    } else if (count === null && isOpen) {
      return bytes.subarray(0, length);
    } else {
      const waited = performance.now() - start;
      if (!isOpen && waited > UNTIL_OPEN) throw new EndlessFile("nobody writes to this pipe");
      if (waited > UNTIL_END) throw new EndlessFile(`it did not end within ${UNTIL_END / 1000} s`);
      yield;
    }
  }
}

function enlarged(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length + 64 * 1024);
  larger.set(bytes);
  return larger;
}

/** Opens a pipe or device. Deno would wait until somebody opens the other end. */
function openWithoutWaiting(path: string) {
  const { closeSync, constants, openSync, readSync } = process.getBuiltinModule("node:fs");
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return {
    readSync(buffer: Uint8Array): number | null | undefined {
      try {
        return readSync(file, buffer, 0, buffer.length, null) || null;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined;
        throw error;
      }
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}
