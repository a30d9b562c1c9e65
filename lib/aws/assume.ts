/**
 * Assumes the roles of a run one after the other, each with the session of the one before, or narrows the current session.
 */

import { ArarError, quote } from "../errors.ts";
import {
  type AssumePlan,
  type AssumeSystem,
  call,
  getCallerArn,
  getSourceCredentials,
  type Listeners,
  type StsContext,
  withSts,
} from "./ask_sts.ts";
import { type Credentials, describeSession, type RoleSession, type Session } from "./credentials.ts";
import { admit } from "./session.ts";
import { tokenCode } from "./mfa.ts";
import type { Mfa, Narrowed, RoleRequest, UserSession } from "./role_request.ts";
import {
  accountOf,
  callerSessionName,
  CHAINED_SECONDS,
  exceedsChain,
  isReusable,
  refusePartition,
} from "./role_rules.ts";
import type { WebIdentityToken } from "./signer.ts";
import type { AssumeRoleInput } from "./sts.ts";

const GLOBAL_ENDPOINT = "sts.amazonaws.com";

export { type AssumePlan, type AssumeSystem, type Listeners, stsUrl } from "./ask_sts.ts";

/** The identity that signs the next request. */
interface Caller {
  readonly credentials: Credentials;
  /** Its ARN, if known. */
  readonly arn?: string | undefined;
  /** Its session, if this run knows all of it. */
  readonly session?: RoleSession | undefined;
}

/** Gets the session of a run; throws an `ArarError` that says what failed and what to do. */
export async function assumeRoles(
  system: AssumeSystem,
  plan: AssumePlan,
  listeners: Listeners,
): Promise<Session> {
  const { target } = plan;
  return await withSts(system, plan, listeners, async (context) => {
    switch (target.kind) {
      case "roles":
        return await assumeChain(context, target.roles);
      case "narrowed":
        return await narrow(context, target);
      case "own":
        return await handOver(context);
      case "user-session":
        return await getUserSession(context, target);
      default:
        return target satisfies never;
    }
  });
}

async function narrow(context: StsContext, input: Narrowed): Promise<RoleSession> {
  const { plan: { signer }, sts } = context;
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
  if (sts.url.hostname === GLOBAL_ENDPOINT) {
    throw new ArarError(`a session cannot be narrowed at STS's global endpoint, ${GLOBAL_ENDPOINT}`, {
      hints: ["use a regional endpoint: unset AWS_STS_REGIONAL_ENDPOINTS=legacy, or sts_regional_endpoints"],
    });
  }
  const credentials = signer.kind === "web-identity" ? undefined : await getSourceCredentials(context, signer);
  if (!credentials?.sessionToken) {
    throw new ArarError("only temporary credentials can be narrowed, but the source credentials are long-lived keys", {
      hints: ["name a role with --role-arn or AWS_ROLE_ARN"],
    });
  }
  const step = { kind: "narrow", credentials } as const;
  const scope = { ...input, description: context.plan.description };
  const narrowing = (signal: AbortSignal) => sts.getScopedCredentials(credentials, scope, signal);
  return issued(context, await call(context, step, narrowing));
}

/** The session of the source credentials, as it is. */
async function handOver(context: StsContext): Promise<Session> {
  const { plan: { signer } } = context;
  const credentials = signer.kind === "web-identity" ? undefined : await getSourceCredentials(context, signer);
  const { sessionToken } = credentials ?? {};
  if (!credentials || !sessionToken) {
    throw new ArarError("the source credentials are long-lived keys, which are not handed over without a role", {
      hints: ["name a role with --role-arn or AWS_ROLE_ARN"],
    });
  }
  const arn = await getCallerArn(context, credentials);
  return issued(context, { credentials: { ...credentials, sessionToken }, arn, accountId: accountOf(arn) ?? "" });
}

/** A session of the IAM user whose keys sign. */
async function getUserSession(context: StsContext, { mfa, durationSeconds }: UserSession): Promise<RoleSession> {
  const { plan: { signer }, sts } = context;
  if (signer.kind !== "keys") throw new TypeError("only long-lived keys get a session of their user");
  const { credentials } = signer;
  const arn = await getCallerArn(context, credentials);
  const input = {
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(mfa && { mfa: await withCode(context, mfa) }),
  };
  const step = { kind: "user-session", credentials } as const;
  return issued(
    context,
    await call(context, step, (signal) => sts.getSessionToken(credentials, arn, input, signal)),
  );
}

async function assumeChain(
  context: StsContext,
  [first, ...rest]: readonly [RoleRequest, ...RoleRequest[]],
): Promise<RoleSession> {
  const { signer } = context.plan;
  if (signer.kind === "web-identity") {
    return await assumeRest(context, await assumeWithToken(context, signer.token, first), rest);
  }
  const credentials = await getSourceCredentials(context, signer);
  const isNamedAfterUser = [first, ...rest].some(({ sessionName }) => sessionName.kind === "user-name");
  const caller: Caller = isNamedAfterUser ? await identifyCaller(context, credentials) : { credentials };
  const userName = isNamedAfterUser && caller.arn ? userSessionName(context, caller.arn) : undefined;
  return await assumeRest(context, await assumeOne(context, caller, first, userName), rest, userName);
}

async function assumeRest(context: StsContext, from: RoleSession, roles: readonly RoleRequest[], userName?: string) {
  let session = from;
  for (const role of roles) session = await assumeOne(context, { ...session, session }, role, userName);
  return session;
}

async function identifyCaller(context: StsContext, credentials: Credentials): Promise<Caller> {
  const arn = await getCallerArn(context, credentials);
  const { sessionToken, expiration } = credentials;
  const accountId = accountOf(arn);
  const session = sessionToken && expiration && accountId
    ? { credentials: { ...credentials, sessionToken, expiration }, arn, accountId }
    : undefined;
  return { credentials, arn, session };
}

function userSessionName({ report }: StsContext, callerArn: string): string {
  const { name, kind } = callerSessionName(callerArn);
  const what = kind === "user" ? "IAM user name" : "own session name, since an assumed role has no user name";
  report.found("session name", `${name}, the caller's ${what}`);
  return name;
}

async function assumeOne(
  context: StsContext,
  caller: Caller,
  role: RoleRequest,
  userName: string | undefined,
): Promise<RoleSession> {
  const { report, sts, system } = context;
  if (caller.session && isReusable(caller.session, role, system.now())) {
    report.found("role", `${caller.session.arn} is already the caller, and is not assumed again`);
    return caller.session;
  }
  refusePartition(caller.arn, role);
  const input = await roleInput(context, caller.credentials, role, userName);
  const assuming = (signal: AbortSignal) => sts.assumeRole(caller.credentials, input, signal);
  return issued(context, await call(context, { kind: "role", role, ...caller }, assuming), role);
}

async function assumeWithToken(context: StsContext, source: WebIdentityToken, role: RoleRequest): Promise<RoleSession> {
  const { dial, plan, secrets, sts, system } = context;
  const token = await call(context, { kind: "source", signer: plan.signer }, async (signal) => {
    const { readToken } = await import("./signers/web_identity.ts");
    return await readToken({ ...system, dial, signal }, source);
  });
  secrets.add(token);
  const input = await roleInput(context, undefined, role, undefined);
  const assuming = (signal: AbortSignal) => sts.assumeRoleWithWebIdentity(token, input, signal);
  return issued(context, await call(context, { kind: "role", role, token }, assuming), role);
}

function issued<Kind extends Session>(context: StsContext, session: Kind, role?: RoleRequest): Kind {
  const { plan, report, secrets, system } = context;
  const isAws = plan.endpoint.url === undefined;
  admit(session, { secrets, now: system.now(), roleArn: role?.roleArn, isAws });
  report.found(role ? "role" : "session", describeSession(session));
  // Nothing else that arar sends can make a session token too large.
  const packed = role && (role.policy !== undefined || role.policyArns.length > 0 || role.tags.length > 0);
  if (packed && session.tokenUtilization !== undefined) {
    report.found("token size", `${session.tokenUtilization} % of the maximum`);
  }
  return session;
}

async function withCode({ system, secrets }: StsContext, { serialNumber, code: from }: Mfa) {
  const code = await tokenCode(system, serialNumber, from);
  secrets.add(code);
  return { serialNumber, code };
}

async function roleInput(
  context: StsContext,
  credentials: Credentials | undefined,
  role: RoleRequest,
  userName = "",
): Promise<AssumeRoleInput> {
  const { report } = context;
  const { mfa, sessionName, durationSeconds, ...rest } = role;
  const capped = exceedsChain(role, credentials);
  if (capped) {
    report.warn(
      `${quote(role.roleArn)} is assumed with temporary credentials (role chaining), which AWS limits to one hour: ` +
        `asking for ${CHAINED_SECONDS} s instead of ${durationSeconds} s`,
    );
  }
  return {
    ...rest,
    sessionName: sessionName.kind === "user-name" ? userName : sessionName.value,
    ...(durationSeconds !== undefined && { durationSeconds: capped ? CHAINED_SECONDS : durationSeconds }),
    ...(mfa && { mfa: await withCode(context, mfa) }),
  };
}
