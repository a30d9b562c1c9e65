/**
 * Who signs the first request to STS: one union, decided once.
 *
 * @module
 */

import type { Sourced } from "../sourced.ts";
import type { Credentials } from "./credentials.ts";

/** Who signs the first request. */
export type Signer =
  /** Keys at hand: exported, or written in a profile. */
  | {
    readonly kind: "keys";
    readonly credentials: Credentials;
    readonly from: string;
  }
  /** A profile whose credentials somebody has to be asked for. */
  | ProfileSigner
  /** A container's or an instance's role, named by `credential_source`. */
  | { readonly kind: "container" }
  | { readonly kind: "instance"; readonly metadata?: MetadataSettings }
  /** Nothing was named: container, then instance. `tried` says what was looked at before, and why it did not serve. */
  | { readonly kind: "chain"; readonly tried: readonly string[]; readonly metadata?: MetadataSettings }
  /** No key signs: the first role is AssumeRoleWithWebIdentity. */
  | { readonly kind: "web-identity"; readonly token: WebIdentityToken };

/** A profile whose credentials come from IAM Identity Center (SSO), a session of `aws login`, or a program. */
export type ProfileSigner =
  & { readonly kind: "profile"; readonly profile: string }
  & (
    | { readonly via: "sso"; readonly sso: SsoSettings }
    | { readonly via: "login"; readonly session: string; readonly region: string | undefined }
    | { readonly via: "process"; readonly command: string }
  );

/** A role of IAM Identity Center: https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html */
export interface SsoSettings {
  /** The `[sso-session NAME]`, whose tokens are renewed; without one the start URL names the token. */
  readonly session: string | undefined;
  readonly startUrl: string;
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
}

/** How a profile wants the metadata service of instances to be reached; the environment goes first. */
export interface MetadataSettings {
  readonly endpoint?: Sourced<string>;
  readonly mode?: Sourced<string>;
}

/** Where an OIDC token comes from; it is read at each use, since it may be renewed. */
export type WebIdentityToken =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly name: string; readonly token: string }
  | TokenRequest
  /** A command that prints it. */
  | { readonly kind: "command"; readonly of: string; readonly command: string; readonly setup: string };

/** A token that a service gives to the job or machine that asks for it. */
export interface TokenRequest {
  readonly kind: "request";
  /** Whose token it is, such as `GitHub Actions`. */
  readonly of: string;
  readonly method: "GET" | "POST";
  readonly url: string;
  /** They hold a secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The member of the JSON answer that is the token; absent: the answer is the token. */
  readonly member?: string;
  /** What a job or machine lacks that is refused. */
  readonly setup: string;
  /** Present where it is not known whether there is such a service: how long that may take to show, and what is said if not. */
  readonly probe?: { readonly milliseconds: number; readonly absent: string };
}

/** What of it is secret. */
export function secretsOf(signer: Signer): readonly (string | undefined)[] {
  if (signer.kind === "keys") return [signer.credentials.secretAccessKey, signer.credentials.sessionToken];
  if (signer.kind !== "web-identity") return [];
  const { token } = signer;
  if (token.kind === "environment") return [token.token];
  return token.kind === "request" ? [token.headers.authorization?.replace(/^\w+ /, "")] : [];
}
