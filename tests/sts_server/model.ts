/**
 * The types that the parts of the embedded STS share: callers, roles and their trust, recorded requests, failures.
 */

/** An MFA device and its next codes, each of which works once. */
export interface MfaDevice {
  readonly serial: string;
  readonly codes: readonly string[];
}

/** Anyone who can sign a request: an IAM user, root, a federated user or a role session. */
export interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: Date;
  readonly mfa?: MfaDevice;
  /** Whether a code began the session. */
  readonly withMfa?: boolean;
  /** The ARN of the role whose session this is: the session's own ARN drops the role's path. */
  readonly roleArn?: string;
  /** What policies and tags add to the session token. */
  readonly packedBytes?: number;
  /** How many policies GetScopedCredentials has combined in the session. */
  readonly layers?: number;
}

/** What a role's trust policy requires of the caller. */
export interface Trust {
  /** ARNs of users and roles, or account IDs; the role's own account when absent. */
  readonly principals?: readonly string[];
  /** The condition `"sts:RoleSessionName": "${aws:username}"`. */
  readonly sessionNameIsUserName?: boolean;
  readonly externalId?: string;
  readonly mfa?: boolean;
  readonly webIdentity?: WebIdentityTrust;
}

/** The conditions on an OIDC token's claims. */
export interface WebIdentityTrust {
  readonly audience: string;
  readonly subjectPrefix: string;
}

export interface Role {
  readonly arn: string;
  readonly roleId: string;
  readonly maxSessionDuration: number;
  readonly trust: Trust;
}

/** A request as the server received it. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly accessKeyId?: string;
  readonly region?: string;
}

/** A refusal, rendered as an `ErrorResponse`. */
export class StsFailure extends Error {
  constructor(readonly code: string, message: string, readonly status: number) {
    super(message);
  }
}

/** The parts of an ARN that the server uses. The resource may contain colons. */
export function parseArn(
  arn: string,
): { readonly partition: string; readonly account: string; readonly resource: string } {
  const [, partition = "", , , account = "", ...resource] = arn.split(":");
  return { partition, account, resource: resource.join(":") };
}

/** `aws:username`: the last segment of an IAM user's ARN; other callers have none. */
export function userName(caller: Caller): string | undefined {
  const { resource } = parseArn(caller.arn);
  return resource.startsWith("user/") ? resource.split("/").at(-1) : undefined;
}
