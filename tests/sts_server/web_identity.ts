/**
 * Owns AssumeRoleWithWebIdentity: the unsigned action, where a token takes the place of a signature.
 * Must not know HTTP or faults.
 */
import { issueSession, packedPolicySize } from "./actions.ts";
import { checkWebIdentity, type Params } from "./limits.ts";
import { type Claims, readClaims } from "./oidc.ts";
import { type Role, StsFailure } from "./model.ts";
import { checkDuration, denied } from "./trust.ts";
import type { State } from "./state.ts";
import type { XmlRecord } from "./xml.ts";

/** A session of the role for whom the token speaks, or the refusal. */
export function assumeRoleWithWebIdentity(params: Params, state: State): XmlRecord {
  checkWebIdentity(params);
  const token = params["WebIdentityToken"] ?? "";
  state.addWebIdentityToken(token);
  const claims = checkToken(token, state);
  const role = state.roles.get(params["RoleArn"] ?? "");
  checkClaims(role, claims);
  checkDuration(undefined, role, params);
  const packed = packedPolicySize(params);
  return {
    ...issueSession(role, params, state, {}),
    SubjectFromWebIdentityToken: claims.sub,
    Audience: claims.aud,
    Provider: claims.iss,
    PackedPolicySize: packed,
  };
}

function checkToken(token: string, state: State): Claims {
  const claims = readClaims(token);
  if (claims === undefined) {
    throw invalidToken(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  const issuer = state.issuers.get(claims.iss);
  if (issuer === undefined) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  }
  if (!issuer.verify(token)) {
    throw invalidToken("Provided Token is not a valid JWT: invalid signature");
  }
  const now = Math.floor(state.now().getTime() / 1000);
  if (claims.exp <= now) {
    throw new StsFailure(
      "ExpiredTokenException",
      `Token expired: current date/time ${now} must be before the expiration date/time ${claims.exp}`,
      400,
    );
  }
  return claims;
}

function checkClaims(role: Role | undefined, claims: Claims): asserts role is Role {
  const wanted = role?.trust.webIdentity;
  if (wanted !== undefined && claims.aud !== wanted.audience) {
    throw invalidToken("Incorrect token audience");
  }
  if (
    wanted === undefined || claims.iss !== wanted.issuer ||
    !claims.sub.startsWith(wanted.subjectPrefix ?? "")
  ) {
    throw denied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
}

function invalidToken(message: string): StsFailure {
  return new StsFailure("InvalidIdentityToken", message, 400);
}
