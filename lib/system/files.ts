/** Reads files, writes them privately and atomically, and locks them. */

import { clock } from "./clock.ts";
import { isGranted } from "./environment.ts";

/** A file in a folder. */
export interface FileEntry {
  readonly name: string;
  /** Milliseconds since the epoch; 0 if unknown. */
  readonly modified: number;
}

/**
 * The real files. Reading one that does not exist returns `undefined`; other failures are thrown, an `EndlessFile` if it
 * is too large, or is a pipe that nobody writes to.
 */
export const files = {
  readFile: (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => orUndefined(readFile(path)),
  readTextFile: async (path: string): Promise<string | undefined> => decode(await orUndefined(readFile(path))),
  readTextFileSync,
  /** Whether Deno may read this file without prompting for permission. */
  mayRead: (path: string): boolean => isGranted({ name: "read", path }),
  isMissing,
  writePrivateFile,
  appendToFile: (path: string, text: string): Promise<void> => {
    failAtSizeLimit();
    return Deno.writeTextFile(path, text, { append: true });
  },
  /** Creates a folder and its parents, accessible only to the owner. Leaves an existing one as it is. */
  makePrivateFolder: (path: string): Promise<void> => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  writeTemporaryFileSync,
  privacyProblem,
  listFiles,
  /** Removes a file, or a folder and everything in it. Returns whether it existed. */
  remove: async (path: string): Promise<boolean> =>
    await orUndefined(Deno.remove(path, { recursive: true }).then(() => true)) ?? false,
  withLock,
  stderrIsFile,
};

/** Synchronous, so that the settings need not be. */
function readTextFileSync(path: string): string | undefined {
  try {
    return decode(readFileSync(path));
  } catch (error) {
    return undefinedIfMissing(error);
  }
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Whether there is no file, folder or link at this path; `false` if Deno cannot tell without prompting. */
function isMissing(path: string): boolean {
  if (!isGranted({ name: "read", path })) return false;
  try {
    return !Deno.lstatSync(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

async function orUndefined<T>(pending: Promise<T>): Promise<T | undefined> {
  try {
    return await pending;
  } catch (error) {
    return undefinedIfMissing(error);
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
}

/** Writes a file that only its owner can read, atomically: readers see the old file or the new one. */
async function writePrivateFile(path: string, contents: Uint8Array): Promise<void> {
  failAtSizeLimit();
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    // No fsync: it would take longer than everything else together, and readers detect a damaged file.
    await Deno.writeFile(temporary, contents, { createNew: true, mode: 0o600 });
    await Deno.rename(temporary, path);
  } catch (error) {
    await orUndefined(Deno.remove(temporary));
    throw error;
  }
}

/** Writes a new temporary file that only its owner can read; returns its path. */
function writeTemporaryFileSync(text: string): string {
  failAtSizeLimit();
  const path = Deno.makeTempFileSync({ prefix: "arar-" });
  try {
    Deno.writeTextFileSync(path, text);
    return path;
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
}

/** Lets a write beyond `ulimit -f` fail, instead of killing us and leaving half a file. The command is not affected. */
function failAtSizeLimit(): void {
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGXFSZ", () => {});
}

/** Why others may be able to read this file or folder, or may have made it; `undefined` if not, or if it is missing. */
async function privacyProblem(path: string): Promise<string | undefined> {
  // Windows has no such owners and modes; access control lists protect a user's profile.
  if (Deno.build.os === "windows") return undefined;
  // The owner of a link decides where it leads; the mode that counts is the target's.
  const link = await orUndefined(Deno.lstat(path));
  const info = link?.isSymlink ? await orUndefined(Deno.stat(path)) : link;
  const user = Deno.uid();
  const stranger = [link?.uid, info?.uid].find((owner) => owner !== null && owner !== undefined && owner !== user);
  if (user !== null && stranger !== undefined) return `owned by user ${stranger}, not by user ${user}`;
  const mode = info?.mode ?? 0;
  return (mode & 0o077) === 0 ? undefined : `open to others, mode ${(mode & 0o777).toString(8)}`;
}

async function listFiles(folder: string): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isFile) continue;
      const info = await orUndefined(Deno.stat(`${folder}/${entry.name}`));
      if (info) entries.push({ name: entry.name, modified: info.mtime?.getTime() ?? 0 });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return entries;
}

/**
 * Runs the action while holding the lock file `path`. If another process holds the lock, waits at most `patience`
 * milliseconds and then runs the action anyway: one stuck process must not stop all others.
 */
async function withLock<T>(path: string, patience: number, action: () => Promise<T>): Promise<T> {
  // Closing the file releases the lock, and the system closes the files of a dead process: flock(2), LockFileEx.
  using file = await openLock(path);
  const deadline = performance.now() + patience;
  while (file && !await isLocked(file) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL));
  }
  return await action();
}

async function openLock(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { create: true, write: true, mode: 0o600 });
  } catch {
    // Where no file can be created, other processes cannot share anything with us either.
    return undefined;
  }
}

async function isLocked(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    // The file system has no locks, like some network mounts: nothing to wait for.
    return true;
  }
}

/** Whether stderr is redirected to a regular file. */
function stderrIsFile(): boolean {
  try {
    // Deno can tell this only for files that it has opened itself.
    return process.getBuiltinModule("node:fs").fstatSync(2).isFile();
  } catch {
    // EISDIR for a pipe on Windows, where only a file on disk has what it asks for: GetFileInformationByHandle.
    return false;
  }
}

/** What is read of a file at most, in bytes: shared files of ten thousand profiles have a fourth of it. */
const LARGEST = 10 * 1024 * 1024;
/** How long a pipe may take until somebody writes to it, and until that has ended, in milliseconds. */
const [UNTIL_OPEN, UNTIL_END] = [2_000, 30_000];
/** How often to look again at a pipe, and at a lock that another process holds, in milliseconds. */
const [PIPE_POLL, LOCK_POLL] = [10, 50];

/** A file that has no end in sight. */
class EndlessFile extends Error {
  override readonly name = "EndlessFile";
  /** Like every error of a file. */
  readonly code = "EFBIG";
}

/** Reads a file of any kind to its end; throws if it is larger, or is a pipe and takes longer, than any use of it needs. */
async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  for (const steps = reading(path);;) {
    const { done, value } = steps.next();
    if (done) return value;
    await clock.sleep(PIPE_POLL);
  }
}

/** The same, without anything else in the meantime. */
function readFileSync(path: string): Uint8Array<ArrayBuffer> {
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
      if (length === bytes.length) bytes = new Uint8Array(bytes.buffer.transfer(2 * length + 64 * 1024));
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
