/**
 * The signed actions: GetCallerIdentity, AssumeRole, GetSessionToken, GetScopedCredentials. Each turns parameters into
 * the elements of the answer.
 */
import { ASSUME_ROLE, checkLimits, GET_SCOPED_CREDENTIALS, GET_SESSION_TOKEN, type Params } from "./limits.ts";
import { type Caller, parseArn, type Role, StsFailure } from "./model.ts";
import type { NewSession, State } from "./state.ts";
import { checkDuration, checkMfa, checkTrust, denied } from "./trust.ts";
import type { XmlRecord } from "./xml.ts";

/** The maximum size of a session token, including policies and tags. */
const MOST_BYTES = 4096;

/** How many policies GetScopedCredentials combines at most. */
const MOST_LAYERS = 3;

export function getCallerIdentity(caller: Caller): XmlRecord {
  return { Arn: caller.arn, UserId: caller.userId, Account: parseArn(caller.arn).account };
}

export function assumeRole(caller: Caller, params: Params, state: State): XmlRecord {
  checkLimits(params, ASSUME_ROLE);
  const arn = params["RoleArn"] ?? "";
  if (!/^arn:[^:]+:iam::\d{12}:role\/./.test(arn)) throw new StsFailure("ValidationError", `${arn} is invalid`, 400);
  const role = state.roles.get(arn);
  checkTrust(caller, role, params, state);
  checkDuration(caller, role, params);
  return issueRoleSession(role, params, state);
}

/** Issues a session of the role, without checking the caller. */
export function issueRoleSession(role: Role, params: Params, state: State): XmlRecord {
  const { partition, account, resource } = parseArn(role.arn);
  const name = params["RoleSessionName"] ?? "";
  const seconds = state.sessionSeconds ?? Number(params["DurationSeconds"] ?? 3600);
  const packedBytes = packed(params);
  const session = {
    arn: `arn:${partition}:sts::${account}:assumed-role/${resource.split("/").at(-1)}/${name}`,
    userId: `${role.roleId}:${name}`,
    roleArn: role.arn,
    expiresAt: inSeconds(state, seconds),
    packedBytes,
  };
  return {
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    ...issueCredentials(session, state),
    PackedPolicySize: packedBytes === 0 ? undefined : percent(packedBytes),
  };
}

/**
 * Issues a session of the user, which may call every action here but this one. With MFA it needs no code for a role.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export function getSessionToken(caller: Caller, params: Params, state: State): XmlRecord {
  if (caller.sessionToken !== undefined) throw denied("Cannot call GetSessionToken with session credentials");
  checkLimits(params, GET_SESSION_TOKEN);
  const withMfa = checkMfa(caller, params, state);
  const isRoot = parseArn(caller.arn).resource === "root";
  const seconds = state.sessionSeconds ?? Number(params["DurationSeconds"] ?? (isRoot ? 3600 : 43200));
  const expiresAt = inSeconds(state, isRoot ? Math.min(seconds, 3600) : seconds);
  return issueCredentials({ arn: caller.arn, userId: caller.userId, expiresAt, packedBytes: 0, withMfa }, state);
}

/**
 * Narrows the caller's own session, as the SDK documents it. The errors for long-lived keys and for a fourth layer are
 * not documented; AccessDenied is that of GetSessionToken for keys it does not accept.
 */
export function getScopedCredentials(caller: Caller, params: Params, state: State): XmlRecord {
  if (caller.sessionToken === undefined) {
    throw denied("Cannot call GetScopedCredentials with long-term credentials");
  }
  checkLimits(params, GET_SCOPED_CREDENTIALS);
  const { Policy: policy, DurationSeconds: duration } = params;
  if (policy === undefined && duration === undefined) {
    throw new StsFailure("ValidationError", "At least one of Policy or DurationSeconds must be specified", 400);
  }
  const layers = (caller.layers ?? 0) + (policy === undefined ? 0 : 1);
  if (layers > MOST_LAYERS) throw denied(`A session has at most ${MOST_LAYERS} scope down policies`);
  const { accessKeyId: _id, secretAccessKey: _key, sessionToken: _token, ...same } = caller;
  const session = {
    ...same,
    expiresAt: narrowedEnd(caller, duration, state),
    packedBytes: (caller.packedBytes ?? 0) + packed(params),
    layers,
  };
  return {
    ...issueCredentials(session, state),
    SessionInfo: { ScopedSessionId: session.userId, Arn: session.arn },
    ScopedPoliciesCount: layers,
  };
}

/**
 * The caller's own expiration, unless an earlier one is requested. A sample session, which has none, expires in
 * twelve hours.
 */
function narrowedEnd(caller: Caller, duration: string | undefined, state: State): Date {
  const end = caller.expiresAt ?? inSeconds(state, 43200);
  const wanted = duration === undefined ? end : inSeconds(state, Number(duration));
  if (wanted > end) {
    throw new StsFailure(
      "InsufficientSessionLifetime",
      "The requested DurationSeconds exceeds the remaining lifetime of the calling session",
      400,
    );
  }
  const all = state.sessionSeconds === undefined ? wanted : inSeconds(state, state.sessionSeconds);
  return all < wanted ? all : wanted;
}

/** Registers the session, which can sign from now on; returns the elements that every answer with credentials has. */
function issueCredentials(session: NewSession, state: State): XmlRecord {
  if (session.packedBytes > MOST_BYTES) {
    throw new StsFailure(
      "PackedPolicyTooLarge",
      `Packed policy consumes ${percent(session.packedBytes)}% of allotted space, please use smaller policy.`,
      400,
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken } = state.addSession(session);
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: session.expiresAt.toISOString().replace(".000", ""),
    },
    SessionTokenUtilization: Math.min(100, percent(sessionToken.length + session.packedBytes)),
  };
}

/** The size that policies and tags add to the session token. */
function packed(params: Params): number {
  checkPolicy(params["Policy"]);
  const parts = Object.entries(params).filter(([name]) => /^(?:Policy$|PolicyArns\.|Tags\.)/.test(name));
  return new TextEncoder().encode(parts.map(([, value]) => value).join("")).length;
}

function checkPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  try {
    JSON.parse(policy);
  } catch {
    throw new StsFailure("MalformedPolicyDocument", "This policy contains invalid Json", 400);
  }
}

function percent(bytes: number): number {
  return Math.ceil(bytes * 100 / MOST_BYTES);
}

/** STS has whole seconds only. */
function inSeconds(state: State, seconds: number): Date {
  return new Date(Math.floor(state.now().getTime() / 1000 + seconds) * 1000);
}
