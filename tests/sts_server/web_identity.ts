/**
 * AssumeRoleWithWebIdentity, the unsigned action: a token replaces the signature.
 */
import { issueRoleSession } from "./actions.ts";
import { ASSUME_ROLE_WITH_WEB_IDENTITY, checkLimits, type Params } from "./limits.ts";
import { type Role, StsFailure } from "./model.ts";
import { type Claims, readClaims } from "./oidc.ts";
import type { State } from "./state.ts";
import { checkDuration, denied } from "./trust.ts";
import type { XmlRecord } from "./xml.ts";

export function assumeRoleWithWebIdentity(params: Params, state: State): XmlRecord {
  checkLimits(params, ASSUME_ROLE_WITH_WEB_IDENTITY);
  const token = params["WebIdentityToken"] ?? "";
  state.addWebIdentityToken(token);
  const claims = checkToken(token, state);
  const role = state.roles.get(params["RoleArn"] ?? "");
  checkClaims(role, claims);
  checkDuration(undefined, role, params);
  return {
    ...issueRoleSession(role, params, state),
    SubjectFromWebIdentityToken: claims.sub,
    Audience: claims.aud,
    Provider: claims.iss,
  };
}

function checkToken(token: string, state: State): Claims {
  const claims = readClaims(token);
  if (claims === undefined) {
    throw invalidToken(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  if (claims.iss !== state.issuer.url) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  }
  if (!state.issuer.verify(token)) throw invalidToken("Provided Token is not a valid JWT: invalid signature");
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
  if (wanted !== undefined && claims.aud !== wanted.audience) throw invalidToken("Incorrect token audience");
  if (wanted === undefined || !claims.sub.startsWith(wanted.subjectPrefix)) {
    throw denied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
}

function invalidToken(message: string): StsFailure {
  return new StsFailure("InvalidIdentityToken", message, 400);
}
