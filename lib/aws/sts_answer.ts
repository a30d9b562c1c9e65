/**
 * From the answer of a call that issues credentials to a session.
 *
 * @module
 */

import type { RoleSession } from "./credentials.ts";
import { accountOf, accountOfSession } from "./role_arn.ts";
import type { ServerTime } from "./server_time.ts";

/** STS reported success, but its answer lacks what was asked for. */
export class IncompleteAnswerError extends Error {
  override readonly name = "IncompleteAnswerError";
}

/** STS issued credentials that have expired already. */
export class ExpiredCredentialsError extends Error {
  override readonly name = "ExpiredCredentialsError";

  constructor(expiration: Date) {
    super(`its credentials expired at ${expiration.toISOString()}`);
  }
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
  if (Expiration.getTime() <= time) throw new ExpiredCredentialsError(Expiration);
  // PackedPolicySize is deprecated since June 2026; older STS look-alikes know nothing else.
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
