/**
 * The clock of the server that answers: what it says about credentials counts by that one, and ours may be wrong.
 *
 * @module
 */

import type { SdkHandler } from "./http.ts";

/** When an answer was sent, by the server's clock. */
export interface ServerTime {
  /** Milliseconds since the epoch; `NaN` if the server did not say. */
  readonly time: number;
  /** How far it is ahead of ours, in milliseconds; absent if the two agree. */
  readonly skew?: number;
}

/** Clocks that differ by less agree: answers travel, and the `Date` header counts whole seconds. */
const TOLERANCE = 60_000;

/** A handler that also tells when the last answer was sent. */
export function withServerTime(
  handler: SdkHandler,
  now: () => number,
): { readonly handler: SdkHandler; readonly serverTime: () => ServerTime } {
  let last: ServerTime = { time: NaN };
  return {
    serverTime: () => last,
    handler: {
      ...handler,
      handle: async (request, options) => {
        const answer = await handler.handle(request, options);
        const time = Date.parse(answer.response.headers.date ?? "");
        const skew = time - now();
        last = { time, ...(Math.abs(skew) >= TOLERANCE && { skew }) };
        return answer;
      },
    },
  };
}
