/** Reads the claims of an OIDC token. Nothing is verified here: STS does that. */

/** The payload of a token: https://www.rfc-editor.org/rfc/rfc7519#section-4 */
export type Claims = Readonly<Record<string, unknown>>;

/** The claims of a token; `undefined` if it is not a JWT. */
export function readClaims(token: string): Claims | undefined {
  const [, payload, signature, ...rest] = token.trim().split(".");
  if (!payload || !signature || rest.length > 0) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims) ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
}

/** The audiences of a token, usually one; none without claims. */
export function audiences(claims: Claims | undefined): readonly string[] {
  return [claims?.aud].flat().filter((one) => typeof one === "string");
}

/** The audience that AWS's own examples use for tokens in this partition. */
export function stsAudience(partition: string | undefined): string {
  return partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com";
}
