/**
 * What credentials and role sessions look like inside arar, and the few things that can be read off them.
 *
 * @module
 */

/** AWS credentials; a session token makes them temporary. */
export interface Credentials {
  /** Says which key it is; no secret. */
  readonly accessKeyId: string;
  /** Signs requests; never sent. */
  readonly secretAccessKey: string;
  /** Sent with every request that temporary credentials sign. */
  readonly sessionToken?: string;
  /** When they end; absent for long-lived keys. */
  readonly expiration?: Date;
}

/** Temporary credentials as STS issues them. */
export interface SessionCredentials extends Credentials {
  /** Sent with every request. */
  readonly sessionToken: string;
  /** When they end. */
  readonly expiration: Date;
}

/** A role session: its credentials, and who they are. */
export interface RoleSession {
  readonly credentials: SessionCredentials;
  /** `arn:P:sts::ACCOUNT:assumed-role/ROLE/SESSION` */
  readonly arn: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** How much of the packed size limit policies and tags took, in percent, where STS says so. */
  readonly packedPolicySize?: number;
  /** How far STS's clock is ahead of this machine's, in milliseconds; absent if the two agree. */
  readonly clockSkew?: number;
}

/**
 * When a session expires by this machine's clock, however wrong that is: what every program on this machine compares with.
 */
export function localExpiration({ credentials, clockSkew = 0 }: RoleSession): Date {
  return new Date(credentials.expiration.getTime() - clockSkew);
}

/** An access key id that may be shown: all but its last four characters masked. */
export function maskKeyId(accessKeyId: string): string {
  return `${"*".repeat(Math.max(0, accessKeyId.length - 4))}${accessKeyId.slice(-4)}`;
}

/** An expiration as people and every SDK read it: ISO 8601, UTC, whole seconds. */
export function formatExpiration(expiration: Date): string {
  return expiration.toISOString().replace(/\.\d+Z$/, "Z");
}
