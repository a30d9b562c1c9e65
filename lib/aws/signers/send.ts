/** Sends a request again while its failure may be temporary; reads answers. */

import type { System } from "../../system.ts";
import { type Answer, ConnectionError, type Dial, type DialRequest } from "../dialer.ts";

/** What sending uses. */
export interface Sender extends Pick<System, "randomBytes" | "sleep"> {
  readonly dial: Dial;
  readonly signal: AbortSignal;
}

/** The last answer. A wrong one is not asked for again: only failures of the service, and silence. */
export async function persistently(
  { dial, randomBytes, signal, sleep }: Sender,
  request: DialRequest,
  { attempts, isFinal = () => false }: {
    readonly attempts: number;
    /** Whether this silence will not end. */
    readonly isFinal?: (error: ConnectionError) => boolean;
  },
): Promise<Answer> {
  for (let attempt = 1;; attempt++) {
    try {
      const answer = await dial(request, signal);
      if (attempt >= attempts || !(answer.status >= 500 || answer.status === 429)) return answer;
    } catch (error) {
      const mayEnd = error instanceof ConnectionError && error.$retryable && !isFinal(error);
      if (attempt >= attempts || !mayEnd) throw error;
    }
    // Up to 0.5, 1, 2, 4 seconds, at random, so that parallel jobs do not retry together.
    const [byte = 0] = randomBytes(1);
    await sleep(Math.round(250 * 2 ** attempt * (0.5 + byte / 510)), { signal });
  }
}

export function textOf({ body }: Answer): string {
  return new TextDecoder().decode(body);
}

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** The object that the text holds as JSON; `undefined` for anything else, such as a proxy's page. */
export function jsonIn(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}
