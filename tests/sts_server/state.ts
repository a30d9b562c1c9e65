/**
 * What the server remembers between requests: who can sign, used MFA codes, its clock, and every secret it knows.
 */
import { randomBytes } from "node:crypto";
import type { Caller, Role } from "./model.ts";
import type { OidcIssuer } from "./oidc.ts";

/** Everything a server is started with. */
export interface StateOptions {
  readonly callers: readonly Caller[];
  readonly roles: readonly Role[];
  readonly issuer: OidcIssuer;
  /** How far the server's clock is ahead of the machine's. */
  readonly clockOffsetSeconds?: number | undefined;
  /** The lifetime of every session, regardless of the request. */
  readonly sessionSeconds?: number | undefined;
}

/** A session that has no keys yet. */
export type NewSession =
  & Omit<Caller, "accessKeyId" | "secretAccessKey" | "sessionToken">
  & Required<Pick<Caller, "expiresAt" | "packedBytes">>;

export class State {
  readonly callers: Map<string, Caller>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly issuer: OidcIssuer;
  readonly sessionSeconds: number | undefined;
  readonly #usedCodes = new Set<string>();
  readonly #webIdentityTokens = new Set<string>();
  readonly #clockOffset: number;

  constructor({ callers, roles, issuer, clockOffsetSeconds = 0, sessionSeconds }: StateOptions) {
    this.callers = new Map(callers.map((caller) => [caller.accessKeyId, caller]));
    this.roles = new Map(roles.map((role) => [role.arn, role]));
    this.issuer = issuer;
    this.sessionSeconds = sessionSeconds;
    this.#clockOffset = clockOffsetSeconds * 1000;
  }

  /** The server's clock, which may be wrong. */
  now(): Date {
    return new Date(Date.now() + this.#clockOffset);
  }

  /** Uses up an MFA code of the caller's; false if it is wrong or has been used. */
  useCode(serial: string, code: string, caller: Caller): boolean {
    const key = `${serial} ${code}`;
    if (!caller.mfa?.codes.includes(code) || this.#usedCodes.has(key)) return false;
    this.#usedCodes.add(key);
    return true;
  }

  /** Issues keys for a session, which can sign from now on. */
  addSession(session: NewSession): Caller & { readonly sessionToken: string } {
    const caller = { ...session, ...newKeys() };
    this.callers.set(caller.accessKeyId, caller);
    return caller;
  }

  addWebIdentityToken(token: string): void {
    this.#webIdentityTokens.add(token);
  }

  /** Every secret key and token that the server knows, has issued or was sent. */
  secrets(): string[] {
    const known = [...this.callers.values()].flatMap(({ secretAccessKey, sessionToken }) =>
      sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken]
    );
    return [...new Set([...known, ...this.#webIdentityTokens])];
  }
}

/** Random, but with the `+`, `/` and `=` of real ones, and a word that a scan for secrets finds. */
function newKeys() {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: `SECRET+/${randomBytes(24).toString("base64")}`,
    sessionToken: `IQoJTOKEN+/${randomBytes(200).toString("base64")}==`,
  };
}
