/**
 * One role to assume, and what is asked for with it. Plain data, decided before the first call.
 *
 * @module
 */

import type { PassedName } from "../cli/options.ts";

/** Where the role session name comes from. */
export type SessionName =
  /** A generated one is as good as any other, so it does not tell sessions apart. */
  | { readonly kind: "given"; readonly value: string; readonly generated?: true }
  /** The caller's IAM user name, from GetCallerIdentity. */
  | { readonly kind: "user-name" };

/** A session tag: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** How the code of an MFA device is had. */
export type TokenCode =
  | { readonly kind: "given"; readonly code: string }
  | { readonly kind: "stdin" }
  | { readonly kind: "ask" };

/** The optional parameters of AssumeRole, all within its limits. */
export interface RoleParameters {
  readonly durationSeconds?: number;
  /** What AssumeRole gets as it was given, by the name of the option. */
  readonly passed: { readonly [Name in PassedName]?: string };
  /** A session policy, as JSON text. */
  readonly policy?: string;
  readonly policyArns: readonly string[];
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
}

/** One role to assume. */
export interface RoleRequest extends RoleParameters {
  readonly roleArn: string;
  readonly sessionName: SessionName;
  readonly mfa?: { readonly serialNumber: string; readonly code: TokenCode };
}

/** The session that a run is after. */
export type Target =
  /** That of the last role; each is assumed with the session of the one before. */
  | { readonly kind: "roles"; readonly roles: readonly [RoleRequest, ...RoleRequest[]] }
  /**
   * That of the source credentials, narrowed:
   * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
   */
  | { readonly kind: "narrowed"; readonly policy?: string; readonly durationSeconds?: number };

/** The roles that are assumed for a target, in order. */
export function rolesOf(target: Target): readonly RoleRequest[] {
  return target.kind === "roles" ? target.roles : [];
}
