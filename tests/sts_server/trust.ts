/**
 * Owns who may assume which role: the conditions of trust policies, MFA, and the limits of sessions.
 * Must not know HTTP, XML or how a session is issued.
 */
import { type Caller, parseArn, type Role, StsFailure, type Trust, userName } from "./model.ts";
import { type Params, tagList } from "./limits.ts";
import type { State } from "./state.ts";

/** Fails unless the caller may assume the role with these parameters; an MFA code is spent on the way. */
export function checkTrust(caller: Caller, role: Role | undefined, params: Params, state: State): asserts role is Role {
  const arn = params["RoleArn"] ?? "";
  if (parseArn(caller.arn).resource === "root") {
    throw denied("Roles may not be assumed by root accounts.");
  }
  if (caller.arn.includes(":federated-user/")) {
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    throw notAuthorized(caller, "sts:AssumeRole", arn);
  }
  const withMfa = checkMfa(caller, params, state);
  if (role === undefined || !trusts(role, caller, params, withMfa)) {
    throw notAuthorized(caller, "sts:AssumeRole", arn);
  }
  const tags = tagList(params).length > 0;
  if (tags && role.trust.tagSession === false) {
    throw notAuthorized(caller, "sts:TagSession", arn);
  }
  checkSourceIdentity(caller, params);
}

/** Fails where the session would be longer than the chain or the role allows. */
export function checkDuration(caller: Caller | undefined, role: Role, params: Params): void {
  const seconds = Number(params["DurationSeconds"] ?? 3600);
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
  if (caller?.sessionToken !== undefined && seconds > 3600) {
    throw invalid(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  if (seconds > role.maxSessionDuration) {
    throw invalid("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
}

/** The refusal that names caller, action and resource, as STS words it. */
export function notAuthorized(caller: Caller, action: string, resource: string): StsFailure {
  return denied(`User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`);
}

/** AccessDenied with a message of its own. */
export function denied(message: string): StsFailure {
  return new StsFailure("AccessDenied", message, 403);
}

function invalid(code: string, message: string): StsFailure {
  return new StsFailure(code, message, 400);
}

/** STS looks at a code wherever one is given, whether or not the role asks for it. */
function checkMfa(caller: Caller, params: Params, state: State): boolean {
  const serial = params["SerialNumber"];
  const code = params["TokenCode"];
  if (serial === undefined && code === undefined) return false;
  if (serial === undefined || code === undefined) {
    throw denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.");
  }
  if (caller.mfa?.serial !== serial) {
    throw denied(
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    );
  }
  if (!state.spendCode(serial, code, caller)) {
    throw denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
  }
  return true;
}

function trusts(role: Role, caller: Caller, params: Params, withMfa: boolean): boolean {
  const { trust } = role;
  return trustsPrincipal(role, trust, caller) &&
    (!trust.sessionNameIsUserName ||
      params["RoleSessionName"] === userName(caller)) &&
    (trust.externalId === undefined ||
      params["ExternalId"] === trust.externalId) &&
    (!trust.mfa || withMfa);
}

/** A role must name itself to be assumed by its own sessions: trusting the account is not enough. */
function trustsPrincipal(role: Role, trust: Trust, caller: Caller): boolean {
  const { partition, account } = parseArn(role.arn);
  const from = parseArn(caller.arn);
  const principals = trust.principals ?? [account];
  const arn = caller.roleArn ?? caller.arn;
  return from.partition === partition &&
    (principals.includes(arn) ||
      (principals.includes(from.account) && arn !== role.arn));
}

/** Once set it stays for the whole chain. */
function checkSourceIdentity(caller: Caller, params: Params): void {
  const wanted = params["SourceIdentity"];
  const set = caller.sourceIdentity;
  if (set !== undefined && wanted !== undefined && wanted !== set) {
    throw notAuthorized(
      caller,
      "sts:SetSourceIdentity",
      params["RoleArn"] ?? "",
    );
  }
}
