/** The source of the credentials or token for the first request to STS: one union, decided once. */

import type { Origin, Sourced } from "../sourced.ts";
import type { Credentials } from "./credentials.ts";

/** What authenticates the first request. */
export type Signer =
  | SigningSource
  /** Nothing signs it: the first role is assumed with AssumeRoleWithWebIdentity. */
  | { readonly kind: "web-identity"; readonly token: WebIdentityToken };

/** A source of credentials. */
export type SigningSource =
  /** Keys from the environment or a profile. */
  | { readonly kind: "keys"; readonly credentials: Credentials; readonly from: Origin }
  | RemoteSource;

/** A source that has to be asked for its credentials. */
export type RemoteSource =
  | ProfileSigner
  /** A container's or an instance's role, named by `credential_source`. */
  | { readonly kind: "container" }
  | { readonly kind: "instance"; readonly metadata?: MetadataSettings }
  /** Nothing was named: the container, then the instance. `tried` lists the sources before them, and why they failed. */
  | { readonly kind: "chain"; readonly tried: readonly string[]; readonly metadata?: MetadataSettings };

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
  /** The `[sso-session NAME]`, whose tokens are renewed; without one, the token is named after the start URL. */
  readonly session: string | undefined;
  readonly startUrl: string;
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
}

/** How to reach the instance metadata service according to a profile; the environment takes precedence. */
export interface MetadataSettings {
  readonly endpoint?: Sourced<string>;
  readonly mode?: Sourced<string>;
}

/** Where an OIDC token comes from. It is read at each use, since it may be renewed. */
export type WebIdentityToken =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly name: string; readonly token: string }
  | TokenRequest
  /** A command that prints the token. */
  | { readonly kind: "command"; readonly of: string; readonly command: string; readonly setup: string };

/** A token that a service issues to the job or machine that requests it. */
export interface TokenRequest {
  readonly kind: "request";
  /** The issuer in words, such as `GitHub Actions`. */
  readonly of: string;
  readonly method: "GET" | "POST";
  readonly url: string;
  /** They contain a secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The property of the JSON answer that is the token; absent: the answer is the token. */
  readonly member?: string;
  /** What to do if the request is refused. */
  readonly setup: string;
  /** Present if the service may not exist: how long to wait for it, and the error if it does not answer. */
  readonly probe?: { readonly milliseconds: number; readonly absent: string };
}

export function secretsOf(signer: Signer): readonly (string | undefined)[] {
  if (signer.kind === "keys") return [signer.credentials.secretAccessKey, signer.credentials.sessionToken];
  if (signer.kind !== "web-identity") return [];
  const { token } = signer;
  if (token.kind === "environment") return [token.token];
  return token.kind === "request" ? [token.headers.authorization?.replace(/^\w+ /, "")] : [];
}
