/**
 * `--refresh`: renews the role session while the command runs, and serves it to the command on the loopback interface, as
 * a container's credentials: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */

import { describeSession, formatExpiration, localExpiration, type RoleSession } from "../aws/credentials.ts";
import { ArarError, escapeControls } from "../errors.ts";
import type { System } from "../system.ts";
import type { ServedRequest, ServedResponse } from "../system/server.ts";

/** The part of the system that renewal needs. */
export type RefreshSystem = Pick<System, "now" | "randomBytes" | "serve" | "sleep" | "writeStderr">;

/** What to renew, and how. */
export interface RefreshOptions {
  /** The first session. */
  readonly session: RoleSession;
  /** Requests a new session. */
  readonly assume: () => Promise<RoleSession>;
  /** Otherwise the user knows that each renewal will fail. */
  readonly isRenewable: boolean;
  /** Receives the lines of `--verbose`. */
  readonly say: (line: string) => void;
}

/** A session that is served and renewed until disposed. */
export interface Refresh extends Disposable {
  /** The variables that the command gets instead of keys. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts serving the session, and renewing it in the background. */
export function startRefresh(system: RefreshSystem, options: RefreshOptions): Refresh {
  const [path, token] = [`/${system.randomBytes(16).toHex()}`, system.randomBytes(32).toHex()];
  const stopped = new AbortController();
  let state: EndpointState = { session: options.session };
  // Requests are always answered from memory: some SDKs time out after one second.
  const server = system.serve((request) =>
    answerRequest(request, { port: server.port, path, token }, state, system.now())
  );
  keepRenewed(system, options, (next) => state = next, stopped.signal).catch(() => {
    // Stopping it also throws. Any other error must not take the command down.
    if (!stopped.signal.aborted) system.writeStderr("arar: internal error: the session is no longer renewed\n");
  });
  return {
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${server.port}${path}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    [Symbol.dispose]: () => {
      stopped.abort();
      server.close();
    },
  };
}

/**
 * The delay before a session is renewed, in milliseconds: about half of its remaining lifetime, since clients ask again
 * 5 to 15 minutes before it expires. Jitter keeps many runs from calling STS at the same time.
 */
export function renewalDelay(lifetime: number, random: number): number {
  return Math.max(1000, lifetime * (0.45 + 0.1 * random));
}

/** The delay after this many failures in a row, in milliseconds: 1 s, doubling up to 30 s, half of it jitter. */
export function retryDelay(failures: number, random: number): number {
  return Math.min(30_000, 1000 * 2 ** (failures - 1)) * (0.5 + 0.5 * random);
}

async function keepRenewed(
  system: RefreshSystem,
  options: RefreshOptions,
  publish: (state: EndpointState) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let { session } = options; !signal.aborted;) {
    await pause(system, renewalDelay(timeLeft(system, session), random(system)), signal);
    session = await renew(system, session, options, publish, signal);
    publish({ session });
    options.say(describeSession(session));
  }
}

/** Retries until there is a new session. Reports the first failure, and once that the old one has expired. */
async function renew(
  system: RefreshSystem,
  old: RoleSession,
  { assume, isRenewable }: RefreshOptions,
  publish: (state: EndpointState) => void,
  signal: AbortSignal,
): Promise<RoleSession> {
  const end = formatExpiration(old.credentials.expiration);
  let reported: "nothing" | "failure" | "expiration" = isRenewable ? "nothing" : "failure";
  for (let failures = 1;; failures++) {
    try {
      return await assume();
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof ArarError ? error.message : "internal error";
      const failure = `the role session expired at ${end} and could not be renewed: ${why}`;
      publish({ session: old, failure });
      const state = timeLeft(system, old) <= 0 ? "expiration" : "failure";
      if (reported !== "expiration" && state !== reported) {
        const trying = `the role session, valid until ${end}, is not renewed yet; arar tries again: ${why}`;
        system.writeStderr(`arar: ${escapeControls(state === "expiration" ? failure : trying)}\n`);
        reported = state;
      }
    }
    const delay = retryDelay(failures, random(system));
    // Not past the expiration, which has to be reported.
    await pause(system, reported === "expiration" ? delay : Math.min(delay, timeLeft(system, old)), signal);
  }
}

/** The remaining lifetime of a session, in milliseconds. */
function timeLeft({ now }: Pick<System, "now">, session: RoleSession): number {
  return localExpiration(session).getTime() - now();
}

/**
 * Sleeps in short steps, each counted by the timer or the clock, whichever shows more: timers stop while a machine is
 * suspended, and a clock may be set back.
 */
async function pause(system: RefreshSystem, duration: number, signal: AbortSignal): Promise<void> {
  for (let remaining = duration; remaining > 0;) {
    const [step, before] = [Math.min(remaining, 1000), system.now()];
    await system.sleep(step, { signal, unref: true });
    remaining -= Math.max(step, system.now() - before);
  }
}

/** A random number from 0 to 1. */
function random(system: Pick<System, "randomBytes">): number {
  return new DataView(system.randomBytes(4).buffer).getUint32(0) / 2 ** 32;
}

/** The address of the endpoint, and the authorization token. */
export interface EndpointAddress {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

/** What the endpoint serves. */
export interface EndpointState {
  readonly session: RoleSession;
  /** Why the session could not be renewed, if so. */
  readonly failure?: string | undefined;
}

/** Answers the one valid request; the response to any other has only a status. */
export function answerRequest(
  { method, path, headers }: ServedRequest,
  address: EndpointAddress,
  state: EndpointState,
  now: number,
): ServedResponse {
  // A web page can reach us through its own host name (DNS rebinding), but not with this Host header.
  if (headers.host !== `127.0.0.1:${address.port}`) return refusal(403);
  if (!equalInConstantTime(path, address.path)) return refusal(404);
  if (!equalInConstantTime(headers.authorization ?? "", address.token)) return refusal(401);
  if (method !== "GET") return refusal(405);
  const { credentials, accountId } = state.session;
  const expiration = localExpiration(state.session);
  if (expiration.getTime() <= now) {
    // With a 4xx and these two members, clients show the message and do not retry.
    return answer(400, { Code: "ExpiredToken", Message: state.failure ?? "the role session has expired" });
  }
  return answer(200, {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: formatExpiration(expiration),
    ...(accountId !== "" && { AccountId: accountId }),
  });
}

/** Compares two texts in a time that does not depend on where they differ. */
export function equalInConstantTime(given: string, expected: string): boolean {
  const [one, other] = [new TextEncoder().encode(given), new TextEncoder().encode(expected)];
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= (one[i] ?? 0) ^ (other[i % other.length] ?? 0);
  return difference === 0;
}

function answer(status: number, body: Readonly<Record<string, string>>): ServedResponse {
  return { status, headers: { ...NOT_STORED, "content-type": "application/json" }, body: JSON.stringify(body) };
}

function refusal(status: number): ServedResponse {
  return { status, headers: NOT_STORED, body: "" };
}

const NOT_STORED = { "cache-control": "no-store" };
