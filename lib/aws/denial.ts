/**
 * Why a role was denied, from both sides: what AWS says, and what the token or the caller brings.
 *
 * @module
 */

import { audiences, type Claims, readClaims, stsAudience } from "./claims.ts";
import type { RoleRequest } from "./role_request.ts";
import { partitionOf } from "./role_arn.ts";

/** Who was denied what. */
export interface Denied {
  readonly role: RoleRequest;
  /** The caller's ARN, if known. */
  readonly caller?: string | undefined;
  /** The OIDC token that took the place of credentials. */
  readonly token?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to do about AccessDenied, likeliest first: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html */
export function denialHints(message: string, denied: Denied): readonly string[] {
  if (/invalid MFA one time pass code/i.test(message)) {
    return ["the MFA code is wrong, or was used before: a code serves once, wait for the next"];
  }
  if (denied.caller?.endsWith(":root") || /\broot accounts?\b/i.test(message)) {
    return ["the root user of an account cannot assume roles: use the keys of an IAM user or of a role"];
  }
  const seen = denied.token === undefined ? [] : tokenHints(denied.token, denied);
  return namesPolicy(message) ? seen : [...seen, `what usually denies: ${usualCauses(denied).join("; ")}`];
}

/**
 * Whether AWS says which policy denied. A missing allow in a resource-based policy is the trust policy's, whose conditions are
 * what we can only guess at. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function namesPolicy(message: string): boolean {
  return /\bexplicit deny in an? [\w -]*(?:policy|boundary)\b/i.test(message) ||
    /\bbecause no (?!resource-based)[\w -]*(?:policy|boundary) allows\b/i.test(message);
}

function usualCauses({ role, token }: Denied): readonly string[] {
  const signed = token === undefined;
  return [
    signed
      ? "the role's trust policy does not name this caller, or the caller's own policy does not allow sts:AssumeRole"
      : "the role's trust policy does not accept these claims",
    "the role does not exist, or its name is misspelt",
    signed && role.sessionName.kind !== "user-name" && "the trust policy demands the user name as session name: use -u",
    signed && role.passed["external-id"] === undefined && "it demands an external id: use --external-id",
    signed && !role.mfa && "it demands MFA: use --serial-number",
    role.tags.length > 0 && "session tags need sts:TagSession in the trust policy",
    role.passed["source-identity"] !== undefined && "a source identity needs sts:SetSourceIdentity in the trust policy",
  ].filter((cause) => typeof cause === "string");
}

/**
 * Claims that are worth seeing. Which of them a trust policy can test depends on the issuer:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const SHOWN = [
  ...["iss", "aud", "azp", "sub", "repository", "repository_id", "environment", "ref", "job_workflow_ref", "workflow"],
  ...["actor", "enterprise_id", "project_path", "oidc.circleci.com/project-id", "email"],
];

/** What the token says, as the trust policy would test it: the token itself and its signature are never shown. */
export function tokenHints(token: string, { role, now }: Pick<Denied, "role" | "now">): readonly string[] {
  const claims = readClaims(token);
  if (!claims) return ["the token is not a JWT, so it is not an OIDC token"];
  const issuer = shown(claims.iss)?.replace(/^"https:\/\/|"$/g, "") ?? "ISSUER";
  const says = SHOWN.flatMap((name) => {
    const value = shown(claims[name]);
    return value === undefined ? [] : [`${name} ${value}`];
  });
  return [
    audienceHint(claims, role),
    `the token says ${
      [...says, ...expiry(claims, now)].join(", ")
    }; a trust policy tests ${issuer}:aud, ${issuer}:sub, ...`,
    immutableSubject(claims) &&
    `its sub is GitHub's immutable form, which names ids too: a trust policy for "repo:${claims.repository}:..." does not match`,
  ].filter((hint) => typeof hint === "string");
}

/**
 * STS takes `azp` for the audience where there is one:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
function audienceHint(claims: Claims, role: RoleRequest): string | undefined {
  const wanted = stsAudience(partitionOf(role.roleArn));
  const tested = typeof claims.azp === "string" ? [claims.azp] : audiences(claims);
  if (tested.includes(wanted)) return undefined;
  const name = typeof claims.azp === "string" ? "azp, which AWS takes for its aud," : "aud";
  return `the token's ${name} is ${shown(tested) ?? "missing"}, not "${wanted}": ` +
    "it must be an audience of the OIDC provider in IAM, and what the trust policy tests";
}

/** https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens */
function immutableSubject({ sub, repository }: Claims): boolean {
  return typeof sub === "string" && typeof repository === "string" &&
    /^repo:[^/:]+[@-]\d+\/[^/:]+[@-]\d+:/.test(sub) && !sub.startsWith(`repo:${repository}:`);
}

function expiry({ exp }: Claims, now: number): readonly string[] {
  if (typeof exp !== "number" || exp * 1000 > now || exp < 0) return [];
  return [`exp ${new Date(exp * 1000).toISOString()} (expired)`];
}

/** Long ones are cut: a subject has at most 255 characters, https://openid.net/specs/openid-connect-core-1_0.html#IDToken */
function shown(value: unknown): string | undefined {
  if (Array.isArray(value) && value.length > 0) return value.map(shown).filter(Boolean).join(" and ");
  if (typeof value === "string") return `"${value.slice(0, 300)}"`;
  return typeof value === "number" || typeof value === "boolean" ? `"${value}"` : undefined;
}
