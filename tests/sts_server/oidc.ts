/**
 * OIDC tokens for tests: an issuer that signs them, and reading their claims.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { Buffer } from "node:buffer";

/** The claims that the server uses. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  /** Unix seconds. */
  readonly exp: number;
}

/** An OIDC provider with its key pair. */
export interface OidcIssuer {
  readonly url: string;
  /** A signed token, valid for five minutes unless the claims say otherwise. */
  mint(claims: Partial<Claims>): string;
  verify(token: string): boolean;
}

const HEADER = encode({ alg: "ES256", typ: "JWT" });

/** An issuer with a new key, so that only its own tokens are valid. */
export function oidcIssuer(url: string): OidcIssuer {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const publicKey = createPublicKey(privateKey.export({ type: "pkcs8", format: "pem" }));
  return {
    url,
    mint: (claims) => mintToken(url, privateKey, claims),
    verify: (token) => verifyToken(publicKey, token),
  };
}

/** A token's claims, unverified; undefined if it is not a JWT. */
export function readClaims(token: string): Claims | undefined {
  const [, payload = "", signature] = token.split(".");
  if (signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return isClaims(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

function mintToken(url: string, privateKey: KeyObject, claims: Partial<Claims>): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = encode({
    iss: url,
    sub: "repo:octo-org/octo-repo:ref:refs/heads/main",
    aud: "sts.amazonaws.com",
    iat: now,
    exp: now + 300,
    ...claims,
  });
  const signature = sign("sha256", Buffer.from(`${HEADER}.${payload}`), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${HEADER}.${payload}.${signature.toString("base64url")}`;
}

function verifyToken(publicKey: KeyObject, token: string): boolean {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
}

function isClaims(value: unknown): value is Claims {
  return typeof value === "object" && value !== null &&
    "iss" in value && typeof value.iss === "string" &&
    "sub" in value && typeof value.sub === "string" &&
    "aud" in value && typeof value.aud === "string" &&
    "exp" in value && typeof value.exp === "number";
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
