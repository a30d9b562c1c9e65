/**
 * OIDC tokens that a service is asked for: retries, limits, and what is said of a failure. A token is never shown, nor the
 * secret that gets it.
 *
 * @module
 */

import { ArarError } from "../../errors.ts";
import type { System } from "../../system.ts";
import { readClaims } from "../claims.ts";
import { boundedBody, ConnectionError, describeConnection } from "../connection.ts";
import type { TokenRequest } from "../signer.ts";

/** What of the world a request uses. */
export type RequestWorld = Pick<System, "fetch" | "randomBytes" | "sleep">;

/** How often a service is asked; GitHub's own client does so ten times. */
const TRIES = 5;

type Answer =
  | { readonly kind: "token"; readonly token: string }
  | {
    /** `failed` may be temporary. */
    readonly kind: "refused" | "failed" | "unreachable";
    readonly why: string;
    readonly hints: readonly string[];
  };

/** Asks for the token; throws an `ArarError` if there is none. */
export async function requestToken(world: RequestWorld, request: TokenRequest, signal: AbortSignal): Promise<string> {
  const first = request.probe ? await probe(world, request, request.probe, signal) : await ask(world, request, signal);
  let answer = first;
  for (let tries = 1; answer.kind !== "token"; tries++) {
    if (answer.kind === "refused" || tries === TRIES) {
      throw new ArarError(`cannot get the OIDC token of ${request.of}: ${answer.why}`, { hints: answer.hints });
    }
    await world.sleep(pause(world, tries), { signal });
    answer = await ask(world, request, signal);
  }
  return answer.token;
}

/** The first request to a service that may not exist. */
async function probe(
  world: RequestWorld,
  request: TokenRequest,
  { milliseconds, absent }: { readonly milliseconds: number; readonly absent: string },
  signal: AbortSignal,
): Promise<Answer> {
  const stop = new AbortController();
  const tooLate = world.sleep(milliseconds, { signal: AbortSignal.any([stop.signal, signal]) }).then(() => undefined);
  const asked = ask(world, request, AbortSignal.any([stop.signal, signal]));
  // Both end when they are stopped, and by then nobody waits for the slower one.
  tooLate.catch(() => {});
  asked.catch(() => {});
  try {
    const answer = await Promise.race([asked, tooLate]);
    if (answer && answer.kind !== "unreachable") return answer;
    throw new ArarError(absent);
  } finally {
    stop.abort("stopped");
  }
}

async function ask(world: RequestWorld, request: TokenRequest, signal: AbortSignal): Promise<Answer> {
  const { url, method, headers, body, probe } = request;
  const { host } = new URL(url);
  try {
    const response = await world.fetch(url, {
      method,
      headers: { accept: "application/json", ...headers },
      ...(body !== undefined && { body }),
      // A metadata server is on the machine's own network.
      ...(probe && { direct: true }),
      signal,
    });
    const text = new TextDecoder().decode(await boundedBody(response, host));
    if (!response.ok) return failedStatus(response.status, host, request.setup);
    const token = readToken(text, request.member);
    if (token !== undefined) return { kind: "token", token };
    return { kind: "failed", why: `the answer of ${host} holds no token`, hints: [] };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ConnectionError)) throw error;
    const { what, hint } = describeConnection(error);
    return { kind: error.$retryable ? "unreachable" : "refused", why: what, hints: [hint] };
  }
}

function failedStatus(status: number, host: string, setup: string): Answer {
  const why = `${host} answered HTTP ${status}`;
  if (status >= 500 || status === 429) return { kind: "failed", why, hints: [] };
  return { kind: "refused", why, hints: [setup] };
}

function readToken(text: string, member: string | undefined): string | undefined {
  if (member === undefined) return readClaims(text) && text;
  try {
    const answer: unknown = JSON.parse(text);
    const value = typeof answer === "object" && answer !== null ? Object.entries(answer) : [];
    const token = value.find(([name]) => name === member)?.[1];
    return typeof token === "string" ? token : undefined;
  } catch {
    // Not JSON: a proxy's page, say.
    return undefined;
  }
}

/** Up to 0.5, 1, 2, 4 seconds, at random, so that parallel jobs do not come back together. */
function pause(world: Pick<System, "randomBytes">, tries: number): number {
  const [byte = 0] = world.randomBytes(1);
  return Math.round(250 * 2 ** tries * (0.5 + byte / 510));
}
