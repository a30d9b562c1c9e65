/** What to do about AccessDenied, AWS's commonest answer and its least telling. */

import { tokenHints } from "./claims.ts";
import type { RoleRequest } from "./role_request.ts";

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
  const wrongCode = wrongCodeHints(message);
  if (wrongCode.length > 0) return wrongCode;
  if (denied.caller?.endsWith(":root") || /\broot accounts?\b/i.test(message)) {
    return ["the root user of an account cannot assume roles: use the keys of an IAM user or role"];
  }
  const { role: { roleArn }, token, now } = denied;
  const causes = namesPolicy(message)
    ? missingAllow(message, roleArn)
    : commonCauses(message, denied).map((cause, index) => index === 0 ? cause : `or ${cause}`);
  return token === undefined ? causes : tokenHints(token, { roleArn, now }, causes);
}

/** What to do about a wrong MFA code, if that is what it is. */
export function wrongCodeHints(message: string): readonly string[] {
  return /invalid MFA one time pass code/i.test(message)
    ? ["the MFA code is wrong or was already used: each code works once, so wait for the next one"]
    : [];
}

/**
 * Whether AWS says which policy denied. A missing allow in a resource-based policy means the trust policy, and which of its
 * conditions failed is not said. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function namesPolicy(message: string): boolean {
  return /\bexplicit deny in an? [\w -]*(?:policy|boundary)\b/i.test(message) ||
    /\bbecause no (?!resource-based)[\w -]*(?:policy|boundary) allows\b/i.test(message);
}

/** The statement to add where only it is missing. */
function missingAllow(message: string, roleArn: string): readonly string[] {
  const [, action] = /because no identity-based policy allows the (sts:\w+) action/i.exec(message) ?? [];
  if (!action) return [];
  const statement = { Effect: "Allow", Action: action, Resource: roleArn };
  return ["add this statement to the caller's own policy:", JSON.stringify(statement)];
}

/** Most likely first; one alone where AWS says what it did not allow. */
function commonCauses(message: string, { role, token }: Denied): readonly string[] {
  const isTrust = /because no resource-based policy allows/i.test(message);
  const [, action] = /not authorized to perform: (sts:(?:TagSession|SetSourceIdentity))\b/i.exec(message) ?? [];
  if (action && isTrust) return [`the role's trust policy has to allow ${action} too`];
  if (action) return [`the trust policy, and the caller's own policy, have to allow ${action} too`];
  const signed = token === undefined;
  return [
    signed
      ? "the role's trust policy does not allow this caller"
      : "the role's trust policy does not accept these claims",
    signed && !isTrust && "the caller's own policy does not allow sts:AssumeRole on this role",
    !isTrust && "the role does not exist, or its name is misspelled",
    signed && role.sessionName.kind !== "user-name" &&
    "the trust policy requires the user name as the session name: use -u",
    signed && role.externalId === undefined && "it requires an external ID: use --external-id",
    signed && !role.mfa && "it requires MFA: use --serial-number",
    role.tags.length > 0 && "session tags need sts:TagSession in the trust policy",
    role.sourceIdentity !== undefined && "a source identity needs sts:SetSourceIdentity in the trust policy",
  ].filter((cause) => typeof cause === "string");
}
