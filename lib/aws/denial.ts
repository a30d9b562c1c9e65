/** Why a role was denied: from AWS's message, the request, and the claims of the OIDC token. */

import { audiences, type Claims, readClaims, stsAudience } from "./claims.ts";
import type { RoleRequest } from "./role_request.ts";
import { partitionOf } from "./role_arn.ts";

/** The denied request. */
export interface Denied {
  readonly role: RoleRequest;
  /** The caller's ARN, if known. */
  readonly caller?: string | undefined;
  /** The OIDC token, if the role was requested with one instead of credentials. */
  readonly token?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to do about AccessDenied: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html */
export function denialHints(message: string, denied: Denied): readonly string[] {
  if (/invalid MFA one time pass code/i.test(message)) {
    return ["the MFA code is wrong or was already used: each code works once, so wait for the next one"];
  }
  if (denied.caller?.endsWith(":root") || /\broot accounts?\b/i.test(message)) {
    return ["the root user of an account cannot assume roles: use the keys of an IAM user or role"];
  }
  const claims = denied.token === undefined ? [] : tokenHints(denied.token, denied);
  return namesPolicy(message) ? claims : [...claims, `common causes: ${commonCauses(denied).join("; ")}`];
}

/**
 * Whether AWS says which policy denied. A missing allow in a resource-based policy means the trust policy, and which of its
 * conditions failed is not said. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function namesPolicy(message: string): boolean {
  return /\bexplicit deny in an? [\w -]*(?:policy|boundary)\b/i.test(message) ||
    /\bbecause no (?!resource-based)[\w -]*(?:policy|boundary) allows\b/i.test(message);
}

/** Most likely first. */
function commonCauses({ role, token }: Denied): readonly string[] {
  const signed = token === undefined;
  return [
    signed
      ? "the role's trust policy does not allow this caller, or the caller's own policy does not allow sts:AssumeRole"
      : "the role's trust policy does not accept these claims",
    "the role does not exist, or its name is misspelled",
    signed && role.sessionName.kind !== "user-name" &&
    "the trust policy requires the user name as the session name: use -u",
    signed && role.externalId === undefined && "it requires an external ID: use --external-id",
    signed && !role.mfa && "it requires MFA: use --serial-number",
    role.tags.length > 0 && "session tags need sts:TagSession in the trust policy",
    role.sourceIdentity !== undefined && "a source identity needs sts:SetSourceIdentity in the trust policy",
  ].filter((cause) => typeof cause === "string");
}

/**
 * The claims to show. Which of them a trust policy can test depends on the issuer:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const SHOWN = [
  ...["iss", "aud", "azp", "sub", "repository", "repository_id", "environment", "ref", "job_workflow_ref", "workflow"],
  ...["actor", "enterprise_id", "project_path", "oidc.circleci.com/project-id", "email"],
];

/** The token's claims, by the names that a trust policy tests. The token itself and its signature are never shown. */
export function tokenHints(token: string, { role, now }: Pick<Denied, "role" | "now">): readonly string[] {
  const claims = readClaims(token);
  if (!claims) return ["the token is not a JWT, so it cannot be an OIDC token"];
  const issuer = shown(claims.iss)?.replace(/^"https:\/\/|"$/g, "") ?? "ISSUER";
  const values = SHOWN.flatMap((name) => {
    const value = shown(claims[name]);
    return value === undefined ? [] : [`${name} ${value}`];
  });
  const all = [...values, ...expiry(claims, now)].join(", ");
  return [
    audienceHint(claims, role),
    `the token has ${all}; a trust policy tests ${issuer}:aud, ${issuer}:sub, ...`,
    immutableSubject(claims) &&
    `its sub has GitHub's immutable format, which includes IDs: a trust policy for "repo:${claims.repository}:..." does ` +
      "not match it",
  ].filter((hint) => typeof hint === "string");
}

/**
 * STS uses `azp` as the audience if the token has it:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
function audienceHint(claims: Claims, role: RoleRequest): string | undefined {
  const wanted = stsAudience(partitionOf(role.roleArn));
  const [name, tested] = typeof claims.azp === "string"
    ? ["azp, which AWS uses as its aud,", [claims.azp]]
    : ["aud", audiences(claims)];
  if (tested.includes(wanted)) return undefined;
  return `the token's ${name} is ${shown(tested) ?? "missing"}, not "${wanted}": ` +
    "the OIDC provider in IAM and the trust policy must both accept it";
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

/** Cut if long: a subject has at most 255 characters, https://openid.net/specs/openid-connect-core-1_0.html#IDToken */
function shown(value: unknown): string | undefined {
  if (Array.isArray(value) && value.length > 0) return value.map(shown).filter(Boolean).join(" and ");
  if (typeof value === "string") return `"${value.slice(0, 300)}"`;
  return typeof value === "number" || typeof value === "boolean" ? `"${value}"` : undefined;
}
