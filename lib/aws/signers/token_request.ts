/**
 * Requests OIDC tokens from a service, with retries and limits. Neither a token nor the secret that gets it is ever shown.
 */

import { ArarError } from "../../errors.ts";
import type { System } from "../../system.ts";
import { readClaims } from "../claims.ts";
import { withinTime } from "../deadline.ts";
import { ConnectionError, describeConnection, type Dial } from "../dialer.ts";
import type { TokenRequest } from "../signer.ts";

/** The part of the system that a request uses. */
export type RequestWorld = Pick<System, "randomBytes" | "sleep"> & { readonly dial: Dial };

/** GitHub's own client makes ten attempts. */
const ATTEMPTS = 5;

type Answer =
  | { readonly kind: "token"; readonly token: string }
  | {
    /** `failed` may be temporary. */
    readonly kind: "refused" | "failed" | "unreachable";
    readonly why: string;
    readonly hints: readonly string[];
  };

/** Gets the token; throws an `ArarError` if there is none. */
export async function requestToken(world: RequestWorld, request: TokenRequest, signal: AbortSignal): Promise<string> {
  const attempt = (signal: AbortSignal) => requestOnce(world, request, signal);
  let answer = await (request.probe ? tryFirst(world, request.probe, signal, attempt) : attempt(signal));
  for (let attempts = 1; answer.kind !== "token"; attempts++) {
    if (answer.kind === "refused" || attempts === ATTEMPTS) {
      throw new ArarError(`cannot get the OIDC token of ${request.of}: ${answer.why}`, { hints: answer.hints });
    }
    await world.sleep(pause(world, attempts), { signal });
    answer = await attempt(signal);
  }
  return answer.token;
}

/** The first request to a service that may not exist. */
async function tryFirst(
  world: RequestWorld,
  { milliseconds, absent }: NonNullable<TokenRequest["probe"]>,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const answer = await withinTime(world, milliseconds, signal, attempt);
  if (answer && answer.kind !== "unreachable") return answer;
  throw new ArarError(absent);
}

async function requestOnce(world: RequestWorld, request: TokenRequest, signal: AbortSignal): Promise<Answer> {
  const { method, headers, body, probe } = request;
  const url = new URL(request.url);
  const { host } = url;
  try {
    const answer = await world.dial({
      method,
      url,
      headers: { accept: "application/json", ...headers },
      ...(body !== undefined && { body }),
      // A metadata server is on the machine's own network.
      ...(probe && { direct: true }),
    }, signal);
    const text = new TextDecoder().decode(answer.body);
    if (answer.status !== 200) return failedStatus(answer.status, host, request.setup);
    const token = tokenIn(text, request.member);
    if (token !== undefined) return { kind: "token", token };
    return { kind: "failed", why: `${host} returned no token`, hints: [] };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ConnectionError)) throw error;
    const { what, hint } = describeConnection(error);
    // A job without a permission may be sent to a page to log in.
    const hints = error.kind === "redirect" ? [request.setup] : [hint];
    return { kind: error.$retryable ? "unreachable" : "refused", why: what, hints };
  }
}

function failedStatus(status: number, host: string, setup: string): Answer {
  const why = `${host} answered HTTP ${status}`;
  if (status >= 500 || status === 429) return { kind: "failed", why, hints: [] };
  return { kind: "refused", why, hints: [setup] };
}

function tokenIn(text: string, member: string | undefined): string | undefined {
  if (member === undefined) return readClaims(text) && text;
  try {
    const answer: unknown = JSON.parse(text);
    const value = typeof answer === "object" && answer !== null ? Object.entries(answer) : [];
    const token = value.find(([name]) => name === member)?.[1];
    return typeof token === "string" ? token : undefined;
  } catch {
    // Not JSON, such as a proxy's page.
    return undefined;
  }
}

/** Up to 0.5, 1, 2, 4 seconds, at random, so that parallel jobs do not retry together. */
function pause(world: Pick<System, "randomBytes">, attempts: number): number {
  const [byte = 0] = world.randomBytes(1);
  return Math.round(250 * 2 ** attempts * (0.5 + byte / 510));
}
