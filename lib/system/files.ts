/** Reads files, writes them privately and atomically, and locks them. */

import { isGranted } from "./permission.ts";
import { readFile, readFileSync } from "./read_file.ts";

/** A file in a folder. */
export interface FileEntry {
  readonly name: string;
  /** Milliseconds since the epoch; 0 if unknown. */
  readonly modified: number;
}

/**
 * Files. Reading one that does not exist returns `undefined`; other failures are thrown, an `EndlessFile` if it is too
 * large, or is a pipe that nobody writes to.
 */
export interface Files {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  readTextFile(path: string): Promise<string | undefined>;
  /** Synchronous, so that the settings need not be. */
  readTextFileSync(path: string): string | undefined;
  /** Whether Deno may read this file without prompting for permission. */
  mayRead(path: string): boolean;
  /** Whether there is no file, folder or link at this path; `false` if Deno cannot tell without prompting. */
  isMissing(path: string): boolean;
  /** Writes a file that only its owner can read, atomically: readers see the old file or the new one. */
  writePrivateFile(path: string, contents: Uint8Array): Promise<void>;
  appendToFile(path: string, text: string): Promise<void>;
  /** Creates a folder and its parents, accessible only to the owner. Leaves an existing one as it is. */
  makePrivateFolder(path: string): Promise<void>;
  /** Writes a new temporary file that only its owner can read; returns its path. */
  writeTemporaryFileSync(text: string): string;
  /** Why others may be able to read this file or folder, or may have made it; `undefined` if not, or if it is missing. */
  privacyProblem(path: string): Promise<string | undefined>;
  listFiles(folder: string): Promise<readonly FileEntry[]>;
  /** Removes a file, or a folder and everything in it. Returns whether it existed. */
  remove(path: string): Promise<boolean>;
  /**
   * Runs the action while holding the lock file `path`. If another process holds the lock, waits at most `patience`
   * milliseconds and then runs the action anyway: one stuck process must not stop all others.
   */
  withLock<T>(path: string, patience: number, action: () => Promise<T>): Promise<T>;
  /** Whether stderr is redirected to a regular file. */
  stderrIsFile(): Promise<boolean>;
}

/** The real files. */
export const files: Files = {
  readFile: (path) => orUndefined(readFile(path)),
  readTextFile: async (path) => decode(await orUndefined(readFile(path))),
  readTextFileSync,
  mayRead: (path) => isGranted({ name: "read", path }),
  isMissing,
  writePrivateFile,
  appendToFile: (path, text) => Deno.writeTextFile(path, text, { append: true }),
  makePrivateFolder: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  writeTemporaryFileSync,
  privacyProblem,
  listFiles,
  remove: async (path) => await orUndefined(Deno.remove(path, { recursive: true }).then(() => true)) ?? false,
  withLock,
  stderrIsFile,
};

/** How often to retry a lock that another process holds, in milliseconds. */
const LOCK_POLL = 50;

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

function isMissing(path: string): boolean {
  if (!isGranted({ name: "read", path })) return false;
  try {
    Deno.lstatSync(path);
    return false;
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

async function writePrivateFile(path: string, contents: Uint8Array): Promise<void> {
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

function writeTemporaryFileSync(text: string): string {
  const path = Deno.makeTempFileSync({ prefix: "arar-" });
  try {
    Deno.writeTextFileSync(path, text);
    return path;
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
}

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

async function stderrIsFile(): Promise<boolean> {
  // Deno can tell this only for files that it has opened itself. Imported on demand: loading takes as long as Deno's
  // start.
  const { fstatSync } = await import("node:fs");
  try {
    return fstatSync(2).isFile();
  } catch {
    // EISDIR for a pipe on Windows, where only a file on disk has what it asks for: GetFileInformationByHandle.
    return false;
  }
}
