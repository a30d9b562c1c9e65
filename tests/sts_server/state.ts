/**
 * Owns what the server remembers between requests: who can sign, which MFA codes are spent, its clock, every secret it knows.
 * Must not know requests or answers.
 */
import { randomBytes } from "node:crypto";
import type { OidcIssuer } from "./oidc.ts";
import type { Caller, Role } from "./model.ts";

/** What a server is started with, complete. */
export interface StateOptions {
  readonly callers: readonly Caller[];
  readonly roles: readonly Role[];
  readonly issuers: readonly OidcIssuer[];
  readonly clockOffsetSeconds: number;
  readonly sessionSeconds: number | undefined;
}

/** The server's memory. */
export class State {
  readonly callers: Map<string, Caller>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly issuers: ReadonlyMap<string, OidcIssuer>;
  /** The lifetime of every session, whatever was asked for. */
  readonly sessionSeconds: number | undefined;
  readonly #spentCodes = new Set<string>();
  readonly #webIdentityTokens = new Set<string>();
  readonly #clockOffset: number;

  constructor(options: StateOptions) {
    this.callers = new Map(options.callers.map((c) => [c.accessKeyId, c]));
    this.roles = new Map(options.roles.map((role) => [role.arn, role]));
    this.issuers = new Map(options.issuers.map((i) => [i.url, i]));
    this.sessionSeconds = options.sessionSeconds;
    this.#clockOffset = options.clockOffsetSeconds * 1000;
  }

  /** The server's clock, which may be off. */
  now(): Date {
    return new Date(Date.now() + this.#clockOffset);
  }

  /** Takes a caller's MFA code; false where it is wrong or was taken before. */
  spendCode(serial: string, code: string, caller: Caller): boolean {
    const key = `${serial} ${code}`;
    if (!caller.mfa?.codes.includes(code) || this.#spentCodes.has(key)) {
      return false;
    }
    this.#spentCodes.add(key);
    return true;
  }

  /** Remembers a session, which can sign from now on. */
  addSession(
    session: Omit<Caller, "accessKeyId" | "secretAccessKey" | "sessionToken">,
  ): Caller & { readonly sessionToken: string } {
    const caller = { ...session, ...newKeys() };
    this.callers.set(caller.accessKeyId, caller);
    return caller;
  }

  /** Remembers a web identity token as a secret. */
  addWebIdentityToken(token: string): void {
    this.#webIdentityTokens.add(token);
  }

  /** Every secret key and token that the server knows, has issued or was shown. */
  secrets(): string[] {
    const known = [...this.callers.values()].flatMap((caller) => [
      caller.secretAccessKey,
      ...(caller.sessionToken === undefined ? [] : [caller.sessionToken]),
    ]);
    return [...new Set([...known, ...this.#webIdentityTokens])];
  }
}

/** Random, but with `+`, `/`, `=` as real ones have them, and a word that a scan for secrets finds. */
function newKeys(): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
} {
  return {
    accessKeyId: `ASIA${randomBytes(12).toString("hex").slice(0, 16).toUpperCase()}`,
    secretAccessKey: `SECRET+/${randomBytes(24).toString("base64")}`,
    sessionToken: `IQoJTOKEN+/${randomBytes(200).toString("base64")}==`,
  };
}
