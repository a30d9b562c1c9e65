/** The data of a request for one role, complete before the first call, and the target of a run. */

/** Where the role session name comes from. */
export type SessionName =
  /** A generated name does not distinguish sessions: any other would do. */
  | { readonly kind: "given"; readonly value: string; readonly generated?: true }
  /** The caller's IAM user name, from GetCallerIdentity. */
  | { readonly kind: "user-name" };

/** A session tag: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Where an MFA device's code comes from. */
export type TokenCode =
  | { readonly kind: "given"; readonly code: string }
  | { readonly kind: "stdin" }
  | { readonly kind: "ask" };

/** The optional parameters of AssumeRole, all within its limits. */
export interface RoleParameters {
  readonly durationSeconds?: number;
  readonly externalId?: string;
  readonly sourceIdentity?: string;
  /** A session policy, as JSON text. */
  readonly policy?: string;
  readonly policyArns: readonly string[];
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
}

/** An MFA device, and where its code comes from. */
export interface Mfa {
  readonly serialNumber: string;
  readonly code: TokenCode;
}

/** One role to assume. */
export interface RoleRequest extends RoleParameters {
  readonly roleArn: string;
  readonly sessionName: SessionName;
  readonly mfa?: Mfa;
}

/** The session that a run is to get. */
export type Target =
  /** That of the last role; each role is assumed with the session of the one before. */
  | { readonly kind: "roles"; readonly roles: readonly [RoleRequest, ...RoleRequest[]] }
  /**
   * That of the source credentials, narrowed:
   * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
   */
  | Narrowed
  | Own
  | UserSession;

/** The session of the source credentials, as it is. */
export interface Own {
  readonly kind: "own";
}

/**
 * A session of the IAM user whose long-lived keys sign. Without MFA it may call no IAM API, and of STS only AssumeRole and
 * GetCallerIdentity: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export interface UserSession {
  readonly kind: "user-session";
  /** From 900 to 129600, 43200 by default; at most 3600 for the root user. */
  readonly durationSeconds?: number;
  readonly mfa?: Mfa;
  /** Narrows it in a second call. */
  readonly policy?: string;
}

/** How a session is narrowed: by at least one of the two. */
export interface Narrowed {
  readonly kind: "narrowed";
  /** JSON text; the session may do whatever both it and this policy allow. */
  readonly policy?: string;
  /** From 1 to 129600, and not past the end of the session, which stays as it is by default. */
  readonly durationSeconds?: number;
}

/** Whether the session takes an MFA code. */
export function needsCode(target: Target): boolean {
  return target.kind === "user-session" ? target.mfa !== undefined : rolesOf(target).some(({ mfa }) => mfa);
}

/** The roles that are assumed for a target, in order. */
export function rolesOf(target: Target): readonly RoleRequest[] {
  return target.kind === "roles" ? target.roles : [];
}
