/**
 * What a session must be, wherever it comes from: issued, renewed, cached or narrowed. Each passes {@linkcode admit}.
 */

import { ArarError, quote } from "../errors.ts";
import type { Secrets } from "../secrets.ts";
import { type Credentials, formatExpiration, hasExpiration, localExpiration, type Session } from "./credentials.ts";
import type { Answer } from "./dialer.ts";
import { isOfRole } from "./role_rules.ts";

/** Clocks that differ by less agree: answers take time, and the `Date` header counts whole seconds. */
const TOLERANCE = 60_000;

/** No server's clock shows a time before this program or after the next 75 years. */
const [EARLIEST, LATEST] = [Date.UTC(2025), Date.UTC(2100)];

/** The server's clock, by which expirations count; ours may be wrong. */
export function createServerClock(now: () => number) {
  let skew: number | undefined;
  return {
    /** Notes when the answer was sent, and returns it; without its time if that cannot be right. */
    read: (answer: Answer): Answer => {
      const { date, ...headers } = answer.headers;
      const time = Date.parse(date ?? "");
      // Also the SDK corrects its clock by it.
      if (!(time > EARLIEST && time < LATEST)) return { ...answer, headers };
      const ahead = time - now();
      skew = Math.abs(ahead) >= TOLERANCE ? ahead : undefined;
      return answer;
    },
    /** How far it is ahead of ours, in milliseconds; absent if the two agree, or if that is not known. */
    skew: () => skew,
  };
}

/** What a session must be. */
export interface Expected {
  readonly secrets: Secrets;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The role that was asked for; absent if a session was narrowed. */
  readonly roleArn?: string | undefined;
  /** Whether STS is AWS's own, which issues only ARNs of AWS's format. */
  readonly isAws: boolean;
  /** The accounts it may be in; any if there are none. */
  readonly accounts?: readonly string[];
  /** The first session of the run, if this is a later one. */
  readonly first?: Session | undefined;
}

/** The session, whose secrets are known from here on; throws an `ArarError` if it is not what was asked for. */
export function admit<Kind extends Session>(session: Kind, expected: Expected): Kind {
  addSecrets(expected.secrets, session.credentials);
  const { arn, accountId } = session;
  if (hasExpiration(session) && localExpiration(session).getTime() <= expected.now) {
    throw new ArarError(
      `session ${quote(arn)} expired at ${formatExpiration(session.credentials.expiration)} already`,
      {
        hints: ["check this machine's clock, and AWS_ENDPOINT_URL_STS"],
      },
    );
  }
  const { accounts = [], first, isAws, roleArn } = expected;
  // Without case: no two roles of an account differ only in that.
  if (roleArn !== undefined && !isOfRole(arn.toLowerCase(), roleArn.toLowerCase(), { anyAccount: !isAws })) {
    throw new ArarError(`session ${quote(arn)} is not one of role ${quote(roleArn)}`);
  }
  if (accounts.length > 0 && !accounts.includes(accountId)) {
    const nothing = first ? "" : "; nothing was run";
    const wanted = accounts.join(" or ");
    throw new ArarError(
      `session ${quote(arn)} is in account ${accountId}, --expect-account expects ${wanted}${nothing}`,
    );
  }
  if (first && identityOf(arn) !== identityOf(first.arn)) {
    throw new ArarError(`the renewed session is ${quote(arn)}, the first one was ${quote(first.arn)}`);
  }
  return session;
}

/** Without the session's name. */
function identityOf(arn: string): string {
  return arn.replace(/(:assumed-role\/[^/]+)\/.*$/, "$1");
}

/** Registers the credentials' secrets. */
export function addSecrets(secrets: Secrets, { secretAccessKey, sessionToken }: Credentials): void {
  secrets.add(secretAccessKey);
  secrets.add(sessionToken);
}
