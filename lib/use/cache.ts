/** `--cache`: stores role sessions, encrypted and in files that only the user can read, for later runs. */

import { type Credentials, describeSession, localExpiration, type RoleSession } from "../aws/credentials.ts";
import type { Endpoint } from "../aws/endpoint.ts";
import type { RoleRequest } from "../aws/role_request.ts";
import { ArarError, escapeControls, quote, reasonOf } from "../errors.ts";
import { type Env, Origin } from "../sourced.ts";
import type { System } from "../system.ts";
import { type SealedRecord, sealedRecord } from "./encryption.ts";

/** The part of the system that the cache needs. */
export type CacheSystem = Pick<
  System,
  | ("listFiles" | "makePrivateFolder" | "now" | "os" | "privacyProblem" | "randomBytes")
  | ("readFile" | "remove" | "withLock" | "writePrivateFile" | "writeStderr")
>;

/** The cache as one run uses it. */
export interface Cache {
  readonly system: CacheSystem;
  readonly env: Env;
  /** The long-lived keys. The secret key encrypts the records. */
  readonly credentials: Credentials;
  /** A session with less time left is not reused; {@linkcode defaultMinTtl} by default. */
  readonly minTtlSeconds?: number | undefined;
  /** Receives the lines of `--verbose`. */
  readonly say: (line: string) => void;
}

/** Everything that determines which session is issued, besides the source's key. */
export interface SessionRequest {
  readonly roles: readonly RoleRequest[];
  /** The session of the user that is asked for, if it is not a role's. */
  readonly user?: { readonly durationSeconds: number | undefined; readonly serialNumber: string | undefined };
  readonly region: string;
  readonly endpoint: Endpoint;
}

/** A record, which may not exist yet. */
interface Entry extends SealedRecord {
  readonly folder: string;
  readonly path: string;
}

/** No record is useful for longer; older ones are removed. */
const MAX_AGE = 24 * 60 * 60 * 1000;
/** The cache's own files. Nothing else in the directory is ever touched. */
const OWN_NAME = /^[0-9a-f]{64}(?:\.lock|\.[0-9a-f-]{36}\.tmp)?$/;

/** The stored session of the same request if enough time is left, else a new one. Concurrent runs call STS only once. */
export async function cachedSession(
  cache: Cache,
  request: SessionRequest,
  assume: () => Promise<RoleSession>,
): Promise<RoleSession> {
  const { system } = cache;
  const entry = await findEntry(cache, request);
  if (!entry) return await assume();
  return await readEntry(cache, entry) ?? await withEntryLocked(system, entry, async () => {
    // The previous holder of the lock may just have stored it.
    const found = await readEntry(cache, entry);
    if (found) return found;
    const session = await assume();
    await writeEntry(system, entry, session);
    return session;
  });
}

/** The smaller of 15 minutes and a quarter of the session, in milliseconds. */
export function defaultMinTtl(sessionLength: number): number {
  return Math.min(15 * 60_000, sessionLength / 4);
}

/**
 * A text that is equal if two runs make the same request. It covers every field, also those that later versions add, but
 * not where a value was configured.
 */
export function sessionLabel(accessKeyId: string, { roles, ...request }: SessionRequest): string {
  const requested = roles.map(({ mfa, sessionName, ...fields }) => ({
    ...fields,
    // Generated from the time, so no two are equal.
    sessionName: sessionName.kind === "given" && sessionName.generated ? "generated" : sessionName,
    // Without the code, which can be used only once.
    serialNumber: mfa?.serialNumber,
  }));
  return JSON.stringify({ accessKeyId, ...request, roles: requested }, (_, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([, inner]) => !(inner instanceof Origin)).sort());
  });
}

/** The user's cache directory, by the convention of the operating system; throws an `ArarError` if there is none. */
export function cacheFolder(env: Env, os: string): string {
  if (os === "windows") {
    if (env.LOCALAPPDATA) return `${env.LOCALAPPDATA}\\arar`;
    throw new ArarError("no directory for the cache: LOCALAPPDATA is not set");
  }
  // Relative paths are ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (env.XDG_CACHE_HOME?.startsWith("/")) return `${env.XDG_CACHE_HOME}/arar`;
  if (!env.HOME) throw new ArarError("no directory for the cache: HOME is not set");
  return os === "darwin" ? `${env.HOME}/Library/Caches/arar` : `${env.HOME}/.cache/arar`;
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

/** The record of a request; `undefined`, with a warning, if there is no directory that can be used. */
async function findEntry({ system, env, credentials }: Cache, request: SessionRequest): Promise<Entry | undefined> {
  let folder: string;
  try {
    folder = cacheFolder(env, system.os);
  } catch (error) {
    // The cache saves a call; without it the run succeeds, too.
    if (error instanceof ArarError) system.writeStderr(`arar: warning: ${error.message}\n`);
    return undefined;
  }
  try {
    await refusePublic(system, folder);
  } catch (error) {
    if (error instanceof ArarError) throw error;
    warn(system, "use", folder, error);
    return undefined;
  }
  const label = sessionLabel(credentials.accessKeyId, request);
  const record = await sealedRecord(credentials.secretAccessKey, label);
  return { ...record, folder, path: `${folder}/${record.name}` };
}

/** The stored session, if it can be used. A damaged record is removed and reported. */
async function readEntry(cache: Cache, entry: Entry): Promise<RoleSession | undefined> {
  const bytes = await readRecord(cache, entry);
  if (!bytes) return undefined;
  const text = await entry.unseal(bytes);
  if (text !== undefined) return usableSession(cache, text);
  cache.say(`${entry.path} is damaged; removed`);
  await cache.system.remove(entry.path);
  return undefined;
}

/** An unreadable record, such as a directory, counts as missing. Writing the next one replaces it, or reports why not. */
async function readRecord({ system, say }: Cache, { path }: Entry) {
  try {
    const bytes = await system.readFile(path);
    if (bytes) await refusePublic(system, path);
    return bytes;
  } catch (error) {
    if (error instanceof ArarError) throw error;
    say(`cannot read ${path}: ${reasonOf(error)}`);
    return undefined;
  }
}

function usableSession({ system, minTtlSeconds, say }: Cache, text: string): RoleSession | undefined {
  // The encryption authenticates it: arar itself wrote it under this label, so its shape needs no check.
  const { issuedAt, session }: { issuedAt: number; session: RoleSession } = JSON.parse(text);
  const expiration = new Date(session.credentials.expiration);
  const found: RoleSession = { ...session, credentials: { ...session.credentials, expiration } };
  const local = localExpiration(found).getTime();
  const minTtl = minTtlSeconds === undefined ? defaultMinTtl(local - issuedAt) : minTtlSeconds * 1000;
  // The clock may have been corrected since: use the earlier of the two.
  const end = Math.min(expiration.getTime(), local);
  if (end - system.now() < minTtl) return undefined;
  say(describeSession(found));
  return found;
}

/** Runs the action while no other arar does so for the same record. */
async function withEntryLocked<T>(system: CacheSystem, { folder, path }: Entry, action: () => Promise<T>): Promise<T> {
  // Writing the record will report the same problem.
  await system.makePrivateFolder(folder).catch(() => {});
  // Long enough to type an MFA code.
  return await system.withLock(`${path}.lock`, 60_000, action);
}

/** Stores the session and removes old records; if that fails, only warns. */
async function writeEntry(system: CacheSystem, { seal, folder, path }: Entry, session: RoleSession): Promise<void> {
  const text = JSON.stringify({ issuedAt: system.now(), session });
  try {
    await system.writePrivateFile(path, await seal(text, system.randomBytes));
    await removeOwnFiles(system, folder, system.now() - MAX_AGE);
  } catch (error) {
    warn(system, "write to", folder, error);
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
