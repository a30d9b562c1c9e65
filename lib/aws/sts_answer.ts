/** What is read from STS's answers: the server's clock, and the session that was issued. */

import type { RoleSession } from "./credentials.ts";
import type { SdkHandler } from "./http.ts";
import { accountOf, accountOfSession } from "./role_arn.ts";

/** When an answer was sent, by the server's clock. Expirations count by that clock, and ours may be wrong. */
export interface ServerTime {
  /** Milliseconds since the epoch; `NaN` if the server did not say. */
  readonly time: number;
  /** How far it is ahead of our clock, in milliseconds; absent if the two agree. */
  readonly skew?: number;
}

/** Clocks that differ by less agree: answers take time, and the `Date` header counts whole seconds. */
const TOLERANCE = 60_000;

/** A handler that also records when the last answer was sent. */
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

/** STS reported success, but its answer lacks what was requested. */
export class IncompleteAnswerError extends Error {
  override readonly name = "IncompleteAnswerError";
}

/** STS issued credentials that have already expired. */
export class ExpiredCredentialsError extends Error {
  override readonly name = "ExpiredCredentialsError";
}

/** What the answers of all calls that issue credentials have in common. */
interface Answer {
  readonly Credentials?: {
    readonly AccessKeyId: string | undefined;
    readonly SecretAccessKey: string | undefined;
    readonly SessionToken: string | undefined;
    readonly Expiration: Date | undefined;
  } | undefined;
  readonly PackedPolicySize?: number | undefined;
  readonly SessionTokenUtilization?: number | undefined;
}

/** The session of an answer; throws an {@linkcode IncompleteAnswerError} or an {@linkcode ExpiredCredentialsError}. */
export function roleSession(answer: Answer, arn: string | undefined, { time, skew }: ServerTime): RoleSession {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  const accountId = arn && (accountOf(arn) ?? accountOfSession(arn));
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || !arn || accountId === undefined) {
    throw new IncompleteAnswerError("the answer has no complete credentials");
  }
  if (Expiration.getTime() <= time) {
    throw new ExpiredCredentialsError(`its credentials expired at ${Expiration.toISOString()}`);
  }
  // PackedPolicySize is deprecated since June 2026; older STS look-alikes have nothing else.
  const utilization = answer.SessionTokenUtilization ?? answer.PackedPolicySize;
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    },
    arn,
    accountId,
    ...(utilization !== undefined && { tokenUtilization: utilization }),
    ...(skew !== undefined && { clockSkew: skew }),
  };
}
