/**
 * Who may assume which role, and for how long: trust policies, MFA, role chaining.
 */
import type { Params } from "./limits.ts";
import { type Caller, parseArn, type Role, StsFailure, userName } from "./model.ts";
import type { State } from "./state.ts";

/** Fails unless the caller may assume the role with these parameters; uses up the MFA code. */
export function checkTrust(caller: Caller, role: Role | undefined, params: Params, state: State): asserts role is Role {
  if (parseArn(caller.arn).resource === "root") throw denied("Roles may not be assumed by root accounts.");
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
  const federated = caller.arn.includes(":federated-user/");
  const withMfa = checkMfa(caller, params, state) || caller.withMfa === true;
  if (federated || role === undefined || !trusts(role, caller, params, withMfa)) {
    throw denied(
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${params["RoleArn"] ?? ""}`,
    );
  }
}

/** Fails if the session would be longer than role chaining or the role allows. */
export function checkDuration(caller: Caller | undefined, role: Role, params: Params): void {
  const seconds = Number(params["DurationSeconds"] ?? 3600);
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
  const chained = caller?.roleArn !== undefined && seconds > 3600;
  if (!chained && seconds <= role.maxSessionDuration) return;
  const limit = chained
    ? "the 1 hour session limit for roles assumed by role chaining"
    : "the MaxSessionDuration set for this role";
  throw new StsFailure("ValidationError", `The requested DurationSeconds exceeds ${limit}.`, 400);
}

export function denied(message: string): StsFailure {
  return new StsFailure("AccessDenied", message, 403);
}

/** STS checks a code whenever one is given, even if the role does not require it. */
export function checkMfa(caller: Caller, params: Params, state: State): boolean {
  const { SerialNumber: serial, TokenCode: code } = params;
  if (serial === undefined || code === undefined) return false;
  if (caller.mfa?.serial !== serial) {
    throw denied(
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid " +
        "and associated with this user.",
    );
  }
  if (!state.useCode(serial, code, caller)) {
    throw denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
  }
  return true;
}

function trusts(role: Role, caller: Caller, params: Params, withMfa: boolean): boolean {
  const { sessionNameIsUserName, externalId, mfa } = role.trust;
  return trustsPrincipal(role, caller) &&
    (!sessionNameIsUserName || params["RoleSessionName"] === userName(caller)) &&
    (externalId === undefined || params["ExternalId"] === externalId) &&
    (!mfa || withMfa);
}

/** A role's own sessions may assume it only if it names itself: trusting the account is not enough. */
function trustsPrincipal({ arn, trust }: Role, caller: Caller): boolean {
  const { partition, account } = parseArn(arn);
  const from = parseArn(caller.arn);
  const principals = trust.principals ?? [account];
  const principal = caller.roleArn ?? caller.arn;
  return from.partition === partition &&
    (principals.includes(principal) || (principals.includes(from.account) && principal !== arn));
}
