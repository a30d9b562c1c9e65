/**
 * Files: read, written so that nobody else can read them and nobody sees half of one, and locked.
 *
 * @module
 */

/** A file in a folder. */
export interface FileEntry {
  readonly name: string;
  /** Milliseconds since the epoch; 0 if the system does not tell. */
  readonly modified: number;
}

/** Files. What does not exist is `undefined`, not an error; other failures are thrown. */
export interface Files {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  readTextFile(path: string): Promise<string | undefined>;
  /** The same, at once: the settings wait for nothing. */
  readTextFileSync(path: string): string | undefined;
  /** Whether Deno reads this file without asking a person first. */
  mayRead(path: string): boolean;
  /** Whether there is no file, folder or link at this path; `false` if that cannot be told, or not without asking a person. */
  isMissing(path: string): boolean;
  /** Writes a file that only its owner can read, in one step: others see the old file or the new one. */
  writePrivateFile(path: string, contents: Uint8Array): Promise<void>;
  appendToFile(path: string, text: string): Promise<void>;
  /** Creates a folder, and those above it, for its owner alone; an existing one is left as it is. */
  makePrivateFolder(path: string): Promise<void>;
  /** Writes a new temporary file that only its owner can read, at once; returns its path. */
  writeTemporaryFileSync(text: string): string;
  /** Why others could read or have made this file or folder; `undefined` if they could not, or if it is not there. */
  privacyProblem(path: string): Promise<string | undefined>;
  listFiles(folder: string): Promise<readonly FileEntry[]>;
  /** Removes a file, or a folder with everything in it. Returns whether there was one. */
  remove(path: string): Promise<boolean>;
  /**
   * Runs the action while no other process does so under the same path. The system frees the lock of a process that
   * dies. After `patience` milliseconds the action is run all the same: a stuck process must not stop all others.
   */
  withLock<T>(
    path: string,
    patience: number,
    action: () => Promise<T>,
  ): Promise<T>;
  /** Whether stderr goes into a regular file. */
  stderrIsFile(): Promise<boolean>;
}

/** The real files. */
export const files: Files = {
  readFile: (path) => orUndefined(Deno.readFile(path)),
  readTextFile: (path) => orUndefined(Deno.readTextFile(path)),
  readTextFileSync,
  mayRead,
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

/** How often to try a lock that another process holds, in milliseconds. */
const LOCK_POLL = 50;

function readTextFileSync(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

function isMissing(path: string): boolean {
  if (!mayRead(path)) return false;
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
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

async function writePrivateFile(path: string, contents: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    // No fsync: it would take longer than everything else together, and readers check what they read anyway.
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
  // Windows has no such owners or modes: there, access lists protect a user's profile.
  if (Deno.build.os === "windows") return undefined;
  // Whoever made a link decides where it leads, and the mode that counts is the target's.
  const link = await orUndefined(Deno.lstat(path));
  const info = link?.isSymlink ? await orUndefined(Deno.stat(path)) : link;
  const user = Deno.uid();
  const stranger = [link?.uid, info?.uid].find((owner) => owner !== null && owner !== undefined && owner !== user);
  if (user !== null && stranger !== undefined) return `owned by user ${stranger}, not by user ${user}`;
  if (info === undefined) return undefined;
  if (info.mode !== null && (info.mode & 0o077) !== 0) {
    return `open to others, mode ${(info.mode & 0o777).toString(8)}`;
  }
  return undefined;
}

async function listFiles(folder: string): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isFile) continue;
      const info = await orUndefined(Deno.stat(`${folder}/${entry.name}`));
      if (info) {
        entries.push({
          name: entry.name,
          modified: info.mtime?.getTime() ?? 0,
        });
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return entries;
}

async function withLock<T>(
  path: string,
  patience: number,
  action: () => Promise<T>,
): Promise<T> {
  // Closing the file, as the system does for a dead process, frees the lock: flock(2), LockFileEx.
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
    // If no file can be created, others cannot share anything with us either.
    return undefined;
  }
}

async function isLocked(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    // A file system without locks, such as some network mounts: nothing to wait for.
    return true;
  }
}

async function stderrIsFile(): Promise<boolean> {
  // Deno can ask this only of files that it opened. Loaded on demand: it takes as long as Deno's whole start.
  const { fstatSync } = await import("node:fs");
  return fstatSync(2).isFile();
}
