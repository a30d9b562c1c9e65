/** Reads the claims of an OIDC token, and shows those that a role was denied for. Nothing is verified here: STS does that. */

import { formatExpiration } from "./credentials.ts";
import { partitionOf } from "./role_rules.ts";

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

/**
 * The claims to show. Which of them a trust policy can test depends on the issuer:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const SHOWN = [
  ...["iss", "aud", "azp", "sub", "repository", "repository_id", "environment", "ref", "job_workflow_ref", "workflow"],
  ...["actor", "enterprise_id", "project_path", "oidc.circleci.com/project-id", "email"],
];

/** The claims that a trust policy may test, with their values in quotes; `undefined` if the token is not a JWT. */
export function shownClaims(token: string): readonly (readonly [name: string, value: string])[] | undefined {
  const claims = readClaims(token);
  return claims && SHOWN.flatMap((name) => {
    const value = shown(claims[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
}

/**
 * What is unusual about a denied token, the advice, and the token's claims, by the names that a trust policy tests. The token
 * itself and its signature are never shown.
 */
export function tokenHints(
  token: string,
  { roleArn, now }: { readonly roleArn: string; readonly now: number },
  advice: readonly string[],
): readonly string[] {
  const claims = readClaims(token);
  if (!claims) return ["the token is not a JWT, so it cannot be an OIDC token"];
  const issuer = shown(claims.iss)?.replace(/^"https:\/\/|"$/g, "") ?? "ISSUER";
  return [
    audienceHint(claims, roleArn),
    immutableSubject(claims) &&
    `the token's sub has GitHub's immutable format, which includes IDs: a trust policy for ` +
      `"repo:${claims.repository}:..." does not match it`,
    ...advice,
    `a trust policy tests these claims of the token as ${issuer}:aud, ${issuer}:sub and so on:`,
    ...(shownClaims(token) ?? []).map(([name, value]) => `token ${name}: ${value}`),
    expiry(claims, now),
  ].filter((hint) => typeof hint === "string");
}

/**
 * STS uses `azp` as the audience if the token has it:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
function audienceHint(claims: Claims, roleArn: string): string | undefined {
  const wanted = stsAudience(partitionOf(roleArn));
  const [name, tested] = typeof claims.azp === "string"
    ? ["azp, which AWS uses as its aud,", [claims.azp]]
    : ["aud", audiences(claims)];
  if (tested.includes(wanted)) return undefined;
  const other = OWN_AUDIENCE.test(String(claims.iss)) ? "" : `, not "${wanted}"`;
  return `the token's ${name} is ${shown(tested) ?? "missing"}${other}: ` +
    "the OIDC provider in IAM and the trust policy must both accept it";
}

/** Issuers of CIs whose tokens are for somebody else by default: CircleCI, Bitbucket, Azure Pipelines, Spacelift, Vercel. */
const OWN_AUDIENCE =
  /^https:\/\/(?:oidc\.circleci\.com|api\.bitbucket\.org|vstoken\.dev\.azure\.com|[\w-]+\.app\.spacelift\.io|oidc\.vercel\.com)(?:\/|$)/;

/** https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens */
function immutableSubject({ sub, repository }: Claims): boolean {
  return typeof sub === "string" && typeof repository === "string" &&
    /^repo:[^/:]+[@-]\d+\/[^/:]+[@-]\d+:/.test(sub) && !sub.startsWith(`repo:${repository}:`);
}

function expiry({ exp }: Claims, now: number): string | undefined {
  if (typeof exp !== "number" || exp * 1000 > now || exp < 0) return undefined;
  return `token exp: ${formatExpiration(new Date(exp * 1000))} (expired)`;
}

/** Cut if long: a subject has at most 255 characters, https://openid.net/specs/openid-connect-core-1_0.html#IDToken */
function shown(value: unknown): string | undefined {
  if (Array.isArray(value) && value.length > 0) return value.map(shown).filter(Boolean).join(" and ");
  if (typeof value === "string") return `"${value.slice(0, 300)}"`;
  return typeof value === "number" || typeof value === "boolean" ? `"${value}"` : undefined;
}
