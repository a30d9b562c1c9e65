/** `--cache`: reuses role sessions and caller ARNs of earlier runs. */

import { type Credentials, describeSession, localExpiration, type RoleSession } from "../aws/credentials.ts";
import type { Env } from "../sourced.ts";
import { cacheEntry, type CacheSystem, readEntry, withEntryLocked, writeEntry } from "./cache_file.ts";
import { callerLabel, sessionLabel, type SessionRequest } from "./cache_key.ts";
import { sealingSecret } from "./encryption.ts";

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

/** How long a caller's ARN is reused, in milliseconds; a user can be renamed. */
const CALLER_AGE = 12 * 60 * 60 * 1000;

/** The stored session of the same request if enough time is left, else a new one. Concurrent runs call STS only once. */
export async function cachedSession(
  cache: Cache,
  request: Omit<SessionRequest, "accessKeyId">,
  assume: () => Promise<RoleSession>,
): Promise<RoleSession> {
  const label = sessionLabel({ ...request, accessKeyId: cache.credentials.accessKeyId });
  return await cached(cache, "session", label, assume, (session, issuedAt) => usableSession(cache, session, issuedAt));
}

/** The caller's ARN, stored or from `ask`. */
export async function cachedCaller(
  cache: Cache,
  request: Omit<SessionRequest, "accessKeyId" | "roles">,
  ask: () => Promise<string>,
): Promise<string> {
  const label = callerLabel({ ...request, accessKeyId: cache.credentials.accessKeyId });
  return await cached(cache, "caller", label, ask, (caller, issuedAt) => {
    if (cache.system.now() - issuedAt > CALLER_AGE) return undefined;
    cache.say(`caller ${caller}`);
    return caller;
  });
}

/** The smaller of 15 minutes and a quarter of the session, in milliseconds. */
export function defaultMinTtl(sessionLength: number): number {
  return Math.min(15 * 60_000, sessionLength / 4);
}

/** The stored value as `usable` returns it, else the one from `ask`, which is then stored. */
async function cached<T>(
  { system, env, credentials, say }: Cache,
  kind: "session" | "caller",
  label: string,
  ask: () => Promise<T>,
  usable: (value: T, issuedAt: number) => T | undefined,
): Promise<T> {
  const entry = await cacheEntry(system, env, await sealingSecret(credentials.secretAccessKey), label);
  if (!entry) return await ask();
  const read = async () => {
    const text = await readEntry(system, entry, say);
    if (text === undefined) return undefined;
    // The encryption authenticates it: arar itself wrote it under this label, so its shape needs no check.
    const { issuedAt, [kind]: value } = JSON.parse(text);
    return usable(value, issuedAt);
  };
  return await read() ?? await withEntryLocked(system, entry, async () => {
    // The previous holder of the lock may just have stored it.
    const found = await read();
    if (found !== undefined) return found;
    const value = await ask();
    await writeEntry(system, entry, JSON.stringify({ issuedAt: system.now(), [kind]: value }));
    return value;
  });
}

function usableSession(
  { system, minTtlSeconds, say }: Cache,
  session: RoleSession,
  issuedAt: number,
): RoleSession | undefined {
  // Stored as text.
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
