/** The source of the credentials or token for the first request to STS: one union, decided once. */

import type { Origin, Sourced } from "../sourced.ts";
import { type Credentials, maskKeyId } from "./credentials.ts";
import type { Endpoint, SignInService } from "./endpoint.ts";

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
  | ProgramSigner
  /** A container's or an instance's role, named by `credential_source`. */
  | { readonly kind: "container" | "instance" }
  /** Nothing was named: the container, then the instance. `tried` lists the sources before them, and why they failed. */
  | { readonly kind: "machine"; readonly tried: readonly string[] };

/** A profile whose credentials come from IAM Identity Center (SSO), a session of `aws login`, or a program of its own. */
export type ProfileSigner =
  & { readonly kind: "profile"; readonly profile: string }
  & (
    | { readonly via: "sso"; readonly sso: SsoSettings }
    | { readonly via: "login"; readonly session: string; readonly region: string | undefined }
    | { readonly via: "process"; readonly command: string }
  );

/** The program of `--credential-process`. */
export interface ProgramSigner {
  readonly kind: "program";
  readonly command: string;
  /** `--credential-process`, or the variable. */
  readonly from: Origin;
}

/** A role of IAM Identity Center: https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html */
export interface SsoSettings {
  /** The `[sso-session NAME]`, whose tokens are renewed; without one, the token is named after the start URL. */
  readonly session: string | undefined;
  readonly startUrl: string;
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
}

/** Where the source credentials are requested; only the services that the signer needs. */
export interface Services extends Partial<Readonly<Record<SignInService, Endpoint>>> {
  /** Where the AWS CLI keeps the tokens of people who have signed in. */
  readonly tokenFolder?: string;
  readonly container?: Container;
  readonly instance?: Instance;
}

/** A container's endpoint: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
export interface Container {
  readonly url: Sourced<URL>;
  /** The value of the header `Authorization`. */
  readonly token?: string;
  /** A file with that value, which is read at each request. */
  readonly tokenFile?: string;
}

/** The instance metadata service: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html */
export interface Instance {
  readonly url: Sourced<URL>;
  /** Present if it must not be asked. */
  readonly disabledBy?: Origin;
  /** Present if only version 2 may be used. */
  readonly v1DisabledBy?: Origin;
  /** How long an attempt may take. */
  readonly milliseconds: number;
  readonly attempts?: number;
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
  readonly probe?: { readonly milliseconds: number; readonly absent: Error };
}

export function secretsOf(signer: Signer): readonly (string | undefined)[] {
  if (signer.kind === "keys") return [signer.credentials.secretAccessKey, signer.credentials.sessionToken];
  if (signer.kind !== "web-identity") return [];
  const { token } = signer;
  if (token.kind === "environment") return [token.token];
  return token.kind === "request" ? [token.headers.authorization?.replace(/^\w+ /, "")] : [];
}

/** The source in words, without secrets. */
export function describeSource(signer: Signer): string {
  switch (signer.kind) {
    case "keys":
      return `key ${maskKeyId(signer.credentials.accessKeyId)}`;
    case "web-identity":
      return "of" in signer.token ? `OIDC token of ${signer.token.of}` : "OIDC token";
    case "profile":
      return { sso: "IAM Identity Center (SSO)", login: "aws login", process: "credential_process" }[signer.via];
    case "program":
      return `${signer.from}`;
    case "machine":
      return "container or instance role";
    case "container":
    case "instance":
      return `${signer.kind} role`;
    default:
      return signer satisfies never;
  }
}
