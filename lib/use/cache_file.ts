/** The directory of `--cache`, with one encrypted record per label, readable only by the user. */

import type { Env } from "../sourced.ts";
import { ArarError, escapeControls, quote, reasonOf } from "../errors.ts";
import type { System } from "../system.ts";
import { seal, sealedName, type SealingSecret, unseal } from "./encryption.ts";

/** The part of the system that the cache needs. */
export type CacheSystem = Pick<
  System,
  | ("listFiles" | "makePrivateFolder" | "now" | "os" | "privacyProblem" | "randomBytes")
  | ("readFile" | "remove" | "withLock" | "writePrivateFile" | "writeStderr")
>;

/** A record, which may not exist yet. */
export interface CacheEntry {
  readonly label: string;
  readonly secret: SealingSecret;
  readonly folder: string;
  readonly path: string;
}

/** No record is useful for longer; older ones are removed. */
const MAX_AGE = 24 * 60 * 60 * 1000;
/** The cache's own files. Nothing else in the directory is ever touched. */
const OWN_NAME = /^[0-9a-f]{64}(?:\.lock|\.[0-9a-f-]{36}\.tmp)?$/;

/** The user's cache directory, by the convention of the operating system. */
export function cacheFolder(env: Env, os: string): string {
  if (os === "windows") {
    if (env.LOCALAPPDATA) return `${env.LOCALAPPDATA}\\arar`;
    throw noFolder("LOCALAPPDATA");
  }
  // Relative paths are ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (env.XDG_CACHE_HOME?.startsWith("/")) return `${env.XDG_CACHE_HOME}/arar`;
  if (!env.HOME) throw noFolder("HOME");
  return os === "darwin" ? `${env.HOME}/Library/Caches/arar` : `${env.HOME}/.cache/arar`;
}

/**
 * The record of a label; `undefined`, with a warning, if the directory cannot be used. Throws an `ArarError` if others
 * can access the directory or own it.
 */
export async function cacheEntry(
  system: CacheSystem,
  env: Env,
  secret: SealingSecret,
  label: string,
): Promise<CacheEntry | undefined> {
  const folder = cacheFolder(env, system.os);
  try {
    await refusePublic(system, folder);
  } catch (error) {
    if (error instanceof ArarError) throw error;
    warn(system, "use", folder, error);
    return undefined;
  }
  return { label, secret, folder, path: `${folder}/${await sealedName(secret, label)}` };
}

/** The record's text, or `undefined`. A damaged record is removed and reported to `say`. */
export async function readEntry(
  system: CacheSystem,
  entry: CacheEntry,
  say: (line: string) => void,
): Promise<string | undefined> {
  const bytes = await readRecord(system, entry, say);
  if (!bytes) return undefined;
  const text = await unseal(entry.secret, entry.label, bytes);
  if (text !== undefined) return text;
  say(`${entry.path} is damaged; removed`);
  await system.remove(entry.path);
  return undefined;
}

/** An unreadable record, such as a directory, counts as missing. Writing the next one replaces it, or reports why not. */
async function readRecord(system: CacheSystem, entry: CacheEntry, say: (line: string) => void) {
  try {
    const bytes = await system.readFile(entry.path);
    if (bytes) await refusePublic(system, entry.path);
    return bytes;
  } catch (error) {
    if (error instanceof ArarError) throw error;
    say(`cannot read ${entry.path}: ${reasonOf(error)}`);
    return undefined;
  }
}

/** Stores the text and removes old records; if that fails, only warns. */
export async function writeEntry(system: CacheSystem, entry: CacheEntry, text: string): Promise<void> {
  try {
    await system.writePrivateFile(entry.path, await seal(entry.secret, entry.label, text, system.randomBytes));
    await removeOwnFiles(system, entry.folder, system.now() - MAX_AGE);
  } catch (error) {
    warn(system, "write to", entry.folder, error);
  }
}

/** Runs the action while no other arar does so for the same record. */
export async function withEntryLocked<T>(system: CacheSystem, entry: CacheEntry, action: () => Promise<T>): Promise<T> {
  // Writing the record will report the same problem.
  await system.makePrivateFolder(entry.folder).catch(() => {});
  // Long enough to type an MFA code.
  return await system.withLock(`${entry.path}.lock`, 60_000, action);
}

/** Removes every record; returns how many there were. */
export async function clearCache(
  system: CacheSystem,
  env: Env,
): Promise<{ readonly folder: string; readonly count: number }> {
  const folder = cacheFolder(env, system.os);
  try {
    // Another user's symbolic link could lead anywhere.
    await refusePublic(system, folder);
    return { folder, count: await removeOwnFiles(system, folder, Infinity) };
  } catch (error) {
    if (error instanceof ArarError) throw error;
    throw new ArarError(`cannot clear the cache ${quote(folder)}: ${reasonOf(error)}`, { cause: error });
  }
}

async function removeOwnFiles(system: CacheSystem, folder: string, olderThan: number): Promise<number> {
  let count = 0;
  for (const { name, modified } of await system.listFiles(folder)) {
    if (!OWN_NAME.test(name) || modified >= olderThan) continue;
    // Windows does not remove a file that another process has open; it stays until the next time.
    const removed = await system.remove(`${folder}/${name}`).catch(() => false);
    if (removed && !name.includes(".")) count++;
  }
  return count;
}

async function refusePublic(system: CacheSystem, path: string): Promise<void> {
  const problem = await system.privacyProblem(path);
  if (problem === undefined) return;
  throw new ArarError(`refusing to use the cache ${quote(path)}: it is ${problem}`, {
    hints: ["remove it, make it private to you (chown, chmod go=), or run without --cache"],
  });
}

function warn(system: CacheSystem, verb: string, folder: string, error: unknown): void {
  system.writeStderr(`arar: warning: cannot ${verb} the cache ${quote(folder)}: ${escapeControls(reasonOf(error))}\n`);
}

function noFolder(name: string): ArarError {
  return new ArarError(`no directory for the cache: ${name} is not set`, {
    hints: ["set it, or run without --cache"],
  });
}
