/**
 * Owns the words that the parts of the embedded STS share: callers, roles, what trust asks for, recorded requests and failures.
 * Must not know HTTP, XML or how anything is decided.
 */

/** A hardware or virtual MFA device, with the codes it will show; STS takes each of them once. */
export interface MfaDevice {
  readonly serial: string;
  readonly codes: readonly string[];
}

/** Whoever can sign a request: an IAM user, root, a federated user or a role session. */
export interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: Date;
  readonly mfa?: MfaDevice;
  /** The ARN of the role whose session this is: the session's own ARN drops the role's path. */
  readonly roleArn?: string;
  readonly transitiveTags?: ReadonlyMap<string, string>;
  readonly sourceIdentity?: string;
}

/** What a role's trust policy asks of its caller, each condition on its own. */
export interface Trust {
  /** ARNs of users and roles, or account ids; the role's own account when absent. */
  readonly principals?: readonly string[];
  /** The condition `"sts:RoleSessionName": "${aws:username}"`. */
  readonly sessionNameIsUserName?: boolean;
  readonly externalId?: string;
  readonly mfa?: boolean;
  /** Whether `sts:TagSession` is allowed; true when absent. */
  readonly tagSession?: boolean;
  readonly webIdentity?: WebIdentityTrust;
}

/** The OIDC conditions of a role: who issued the token, for whom, about whom. */
export interface WebIdentityTrust {
  readonly issuer: string;
  readonly audience: string;
  readonly subjectPrefix?: string;
}

/** A role that can be assumed. */
export interface Role {
  readonly arn: string;
  readonly roleId: string;
  readonly maxSessionDuration: number;
  readonly trust: Trust;
}

/** One request as the server received it. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly accessKeyId?: string;
  readonly region?: string;
}

/** A refusal that the server renders as an `ErrorResponse`. */
export class StsFailure extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The parts of an ARN that the server looks at. */
export interface Arn {
  readonly partition: string;
  readonly account: string;
  readonly resource: string;
}

/** Splits an ARN; the resource keeps its own colons. */
export function parseArn(arn: string): Arn {
  const [, partition = "", , , account = "", ...resource] = arn.split(":");
  return { partition, account, resource: resource.join(":") };
}

/** The value of `aws:username`: only IAM users have one, the last segment of their path. */
export function userName(caller: Caller): string | undefined {
  const { resource } = parseArn(caller.arn);
  return resource.startsWith("user/") ? resource.split("/").at(-1) : undefined;
}
