/**
 * Who signs the first request to STS: one union, decided once.
 *
 * @module
 */

import type { Credentials } from "./credentials.ts";

/** Who signs the first request. */
export type Signer =
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
  /** No key signs: the first role is AssumeRoleWithWebIdentity. */
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
