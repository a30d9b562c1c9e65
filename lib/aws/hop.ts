/**
 * The plan of a run on the AWS side: who signs first, and which roles are assumed one after the other.
 * Plain data, decided before the first call; it must not know how any of it is carried out.
 *
 * @module
 */

import type { Credentials } from "./credentials.ts";

/** Who signs the first request. */
export type Source =
  /** Keys at hand: exported, or written in a profile. */
  | {
    readonly kind: "keys";
    readonly credentials: Credentials;
    readonly from: string;
  }
  /** A profile that the SDK has to ask something for: SSO, `credential_process`, a login session. */
  | { readonly kind: "profile"; readonly profile: string; readonly via: "sso" | "login" | "process" }
  /** A container's or an instance's role, named by `credential_source`. */
  | { readonly kind: "container" }
  | { readonly kind: "instance" }
  /** Nothing was named: container, then instance. `tried` says what was looked at before, and why it did not serve. */
  | { readonly kind: "chain"; readonly tried: readonly string[] }
  /** No key signs: the first hop is AssumeRoleWithWebIdentity. */
  | { readonly kind: "web-identity"; readonly token: WebIdentityToken };

/** Where an OIDC token comes from; it is read at each use, since it may be renewed. */
export type WebIdentityToken =
  | { readonly kind: "file"; readonly path: string }
  | {
    readonly kind: "environment";
    readonly name: string;
    readonly token: string;
  }
  | {
    readonly kind: "github";
    readonly requestUrl: string;
    readonly requestToken: string;
    readonly audience: string;
  };

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
export interface HopParameters {
  readonly durationSeconds?: number;
  readonly externalId?: string;
  readonly sourceIdentity?: string;
  /** A session policy, as JSON text. */
  readonly policy?: string;
  readonly policyArns: readonly string[];
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
}

/** One role to assume. */
export interface Hop extends HopParameters {
  readonly roleArn: string;
  readonly sessionName: SessionName;
  readonly mfa?: { readonly serialNumber: string; readonly code: TokenCode };
}
