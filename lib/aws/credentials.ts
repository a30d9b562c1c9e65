/** AWS credentials and role sessions, and how they are shown. */

/** AWS credentials; a session token makes them temporary. */
export interface Credentials {
  /** Identifies the key; not secret. */
  readonly accessKeyId: string;
  /** Signs requests; is never sent. */
  readonly secretAccessKey: string;
  /** Sent with every request that temporary credentials sign. */
  readonly sessionToken?: string;
  /** When they expire; absent for long-lived keys. */
  readonly expiration?: Date;
}

/** Temporary credentials, as issued by STS. */
export type SessionCredentials = Required<Credentials>;

/** A session: its credentials and its identity. Only of one that somebody else got, the expiration may be unknown. */
export interface Session {
  readonly credentials: Credentials & Pick<SessionCredentials, "sessionToken">;
  /** `arn:P:sts::ACCOUNT:assumed-role/ROLE/SESSION`, or that of another identity if no role was assumed. */
  readonly arn: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** How much of the session token's maximum size is used, in percent, if STS reported it. Policies and tags add to it. */
  readonly tokenUtilization?: number;
  /** How far STS's clock is ahead of this machine's, in milliseconds; absent if the two agree. */
  readonly clockSkew?: number;
}

/** A session whose expiration is known, as of every one that STS issues. */
export interface RoleSession extends Session {
  readonly credentials: SessionCredentials;
}

/** Whether it is known when the session expires. */
export function hasExpiration(session: Session): session is RoleSession {
  return session.credentials.expiration !== undefined;
}

/** When a session expires by this machine's clock, right or wrong: every program on this machine compares with that. */
export function localExpiration({ credentials, clockSkew = 0 }: RoleSession): Date {
  return new Date(credentials.expiration.getTime() - clockSkew);
}

/** The session's ARN and its expiration, for people. */
export function describeSession(session: Session): string {
  const { arn, credentials: { expiration } } = session;
  return `${arn} until ${expiration ? formatExpiration(expiration) : "an unknown time"}`;
}

/** An access key ID with all but its last four characters masked. */
export function maskKeyId(accessKeyId: string): string {
  return `${"*".repeat(Math.max(0, accessKeyId.length - 4))}${accessKeyId.slice(-4)}`;
}

/** An expiration in the format that people and every SDK can read: ISO 8601, UTC, whole seconds. */
export function formatExpiration(expiration: Date): string {
  return expiration.toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * A time in ISO 8601, in the extended or basic format, with any offset from UTC; `undefined` for anything else that
 * JavaScript cannot read either.
 */
export function readTime(text: string): Date | undefined {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(?:[.,](\d+))?\s?(Z|UTC|[+-]\d\d)?:?(\d\d)?$/i.exec(
    text,
  );
  const [, year, month, day, hour, minute, second, fraction = "0", zone = "", minutes = "00"] = parts ?? [];
  const offset = /^[+-]/.test(zone) ? `${zone}:${minutes}` : zone && "Z";
  const date = new Date(parts ? `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${offset}` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
