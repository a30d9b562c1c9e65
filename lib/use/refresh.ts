/**
 * `--refresh`: a role session that is renewed as long as the command runs, served to it on this machine alone.
 * It must not know how a session is asked for.
 *
 * @module
 */

import type { RoleSession } from "../aws/credentials.ts";
import { ArarError, escapeControls } from "../errors.ts";
import type { System } from "../system.ts";
import { answerRequest, type EndpointState, endpointUrl } from "./refresh_endpoint.ts";

/** The part of the world that renewal takes. */
export type RefreshSystem = Pick<System, "now" | "randomBytes" | "serve" | "sleep" | "writeStderr">;

/** What is renewed, and how. */
export interface RefreshOptions {
  /** The session to start with. */
  readonly session: RoleSession;
  /** Asks for a new one. */
  readonly assume: () => Promise<RoleSession>;
  /** Takes lines of `--verbose`. */
  readonly say: (line: string) => void;
}

/** A session that is served and renewed; disposing of it ends both at once. */
export interface Refresh extends AsyncDisposable {
  /** What the command finds in its environment in place of keys. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts serving the session, and renewing it in the background. */
export async function startRefresh(system: RefreshSystem, options: RefreshOptions): Promise<Refresh> {
  const [path, token] = [`/${system.randomBytes(16).toHex()}`, system.randomBytes(32).toHex()];
  const stopped = new AbortController();
  let state: EndpointState = { session: options.session };
  // Requests are answered from memory at all times: some SDKs wait no longer than a second.
  const server = await system.serve((request) =>
    answerRequest(request, { port: server.port, path, token }, state, system.now())
  );
  keepRenewed(system, options, (next) => state = next, stopped.signal).catch(() => {
    // Stopping ends it with an error of its own; anything else must not take the command down with it.
    if (!stopped.signal.aborted) system.writeStderr("arar: internal error: the session is not renewed any more\n");
  });
  return {
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpointUrl({ port: server.port, path, token }),
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await server.close();
    },
  };
}

/**
 * When to renew a session that has so long to live, in milliseconds: half way, so that clients, which ask again 5 to 15
 * minutes before the end, find a new one. The jitter keeps many runs from asking at once.
 */
export function renewalDelay(lifetime: number, random: number): number {
  return Math.max(1000, lifetime * (0.45 + 0.1 * random));
}

/** How long to wait after so many failures in a row, in milliseconds: 1 s, doubled up to 30 s, of which half is jitter. */
export function retryDelay(failures: number, random: number): number {
  return Math.min(30_000, 1000 * 2 ** (failures - 1)) * (0.5 + 0.5 * random);
}

async function keepRenewed(
  system: RefreshSystem,
  { session: first, assume, say }: RefreshOptions,
  publish: (state: EndpointState) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let session = first; !signal.aborted;) {
    const expiration = session.credentials.expiration;
    await sleepUntil(system, system.now() + renewalDelay(expiration.getTime() - system.now(), random(system)), signal);
    session = await renew(system, session, assume, publish, signal);
    publish({ session });
    say(`session until ${session.credentials.expiration.toISOString()}`);
  }
}

/** Asks for a new session until there is one. Once the old one has ended, stderr is told so, once. */
async function renew(
  system: RefreshSystem,
  old: RoleSession,
  assume: () => Promise<RoleSession>,
  publish: (state: EndpointState) => void,
  signal: AbortSignal,
): Promise<RoleSession> {
  const end = old.credentials.expiration;
  let told = false;
  for (let failures = 1;; failures++) {
    try {
      return await assume();
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof ArarError ? error.message : "internal error";
      const failure = `the role session ended at ${end.toISOString()} and could not be renewed: ${why}`;
      publish({ session: old, failure });
      if (!told && end.getTime() <= system.now()) {
        system.writeStderr(`arar: ${escapeControls(failure)}\n`);
        told = true;
      }
    }
    const next = system.now() + retryDelay(failures, random(system));
    // Not past the end: then there is something to tell.
    await sleepUntil(system, told ? next : Math.min(next, end.getTime()), signal);
  }
}

/** Sleeps in short steps: while a machine is suspended its timers stand still, but its clock goes on. */
async function sleepUntil(system: RefreshSystem, time: number, signal: AbortSignal): Promise<void> {
  for (let left = time - system.now(); left > 0; left = time - system.now()) {
    await system.sleep(Math.min(left, 1000), { signal, unref: true });
  }
}

/** 0 to 1. */
function random(system: Pick<System, "randomBytes">): number {
  return new DataView(system.randomBytes(4).buffer).getUint32(0) / 2 ** 32;
}
