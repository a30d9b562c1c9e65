/**
 * The walk along the roles: who signs, one AssumeRole after the other, the last session is the result.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import { type Asking, type AssumePlan, type AssumeSystem, call, known, type Listeners, withSts } from "./ask_sts.ts";
import { type Credentials, formatExpiration, type RoleSession } from "./credentials.ts";
import { tokenCode } from "./mfa.ts";
import { accountOf } from "./role_arn.ts";
import { CHAINED_SECONDS, exceedsChain, isThere, refusePartition } from "./role_chain.ts";
import type { RoleRequest, Target } from "./role_request.ts";
import { callerSessionName } from "./session_name.ts";
import type { Signer, WebIdentityToken } from "./signer.ts";
import type { AssumeRoleInput } from "./sts.ts";

const GLOBAL_ENDPOINT = "sts.amazonaws.com";

export type { AssumePlan, AssumeSystem, Listeners } from "./ask_sts.ts";

/** Where a walk stands: as whom the next request is signed. */
interface Position {
  readonly credentials: Credentials;
  /** The caller's ARN, where it is known. */
  readonly arn?: string;
  /** The caller's session, where this run has it whole. */
  readonly session?: RoleSession;
}

/** Gets the session that the plan is after; throws an `ArarError` that says what failed and what to do. */
export async function assumeRoles(
  system: AssumeSystem,
  plan: AssumePlan,
  listeners: Listeners,
  /** The caller's ARN, where it is known. */
  caller?: string,
): Promise<RoleSession> {
  return await withSts(system, plan, listeners, async (w) => {
    const { target } = plan;
    return await (target.kind === "narrowed" ? narrow(w, target) : walk(w, target.roles, caller));
  });
}

/** The ARN of whom these credentials are. */
export async function askCallerArn(
  system: AssumeSystem,
  plan: AssumePlan,
  credentials: Credentials,
  listeners: Listeners,
): Promise<string> {
  return await withSts(system, plan, listeners, (w) => callerArn(w, credentials));
}

/** Where STS would be asked. */
export async function stsUrl(system: AssumeSystem, plan: AssumePlan, listeners: Listeners): Promise<URL> {
  return await withSts(system, plan, listeners, ({ sts }) => sts.url());
}

async function narrow(w: Asking, input: Extract<Target, { kind: "narrowed" }>): Promise<RoleSession> {
  const { signer } = w.plan;
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
  if ((await w.sts.url()).hostname === GLOBAL_ENDPOINT) {
    throw new ArarError(`a session cannot be narrowed at STS's global endpoint, ${GLOBAL_ENDPOINT}`, {
      hints: ["use the endpoint of a region: unset AWS_STS_REGIONAL_ENDPOINTS=legacy, or sts_regional_endpoints"],
    });
  }
  const credentials = signer.kind === "web-identity" ? undefined : await start(w, signer);
  if (!credentials?.sessionToken) {
    throw new ArarError("only temporary credentials can be narrowed, and the source credentials are long-lived keys", {
      hints: ["name a role with --role-arn or AWS_ROLE_ARN"],
    });
  }
  const attempt = { kind: "narrow", credentials } as const;
  return issued(w, await call(w, attempt, () => w.sts.getScopedCredentials(credentials, input)));
}

async function walk(
  w: Asking,
  [first, ...rest]: readonly [RoleRequest, ...RoleRequest[]],
  caller: string | undefined,
): Promise<RoleSession> {
  const { signer } = w.plan;
  if (signer.kind === "web-identity") {
    return await goOn(w, await assumeByToken(w, signer.token, first), rest);
  }
  let at: Position = { credentials: await start(w, signer), ...(caller !== undefined && { arn: caller }) };
  const isNamedAfterUser = [first, ...rest].some(({ sessionName }) => sessionName.kind === "user-name");
  if (isNamedAfterUser && caller === undefined) at = await askCaller(w, at.credentials);
  const name = isNamedAfterUser && at.arn ? userSessionName(w, at.arn) : undefined;
  return await goOn(w, await step(w, at, first, name), rest, name);
}

async function goOn(w: Asking, from: RoleSession, roles: readonly RoleRequest[], userName?: string) {
  let session = from;
  for (const role of roles) session = await step(w, { ...session, session }, role, userName);
  return session;
}

async function start(w: Asking, signer: Exclude<Signer, { kind: "web-identity" }>): Promise<Credentials> {
  if (signer.kind === "keys") return known(w, signer.credentials);
  // Only here: the providers are many, and exported keys need none of them.
  const { sourceCredentials } = await import("./signers/source_credentials.ts");
  const { system, handler, deadline, plan } = w;
  // These have requests of their own, which do not come by here.
  deadline.begin();
  const ask = () =>
    sourceCredentials(signer, {
      system,
      env: plan.env,
      handler,
      region: plan.region.sts,
      signal: deadline.signal,
      mayPrompt: !plan.terminalIsTaken,
    });
  return known(w, await call(w, { kind: "source", signer }, ask));
}

async function askCaller(w: Asking, credentials: Credentials): Promise<Position> {
  const arn = await callerArn(w, credentials);
  const { sessionToken, expiration } = credentials;
  const accountId = accountOf(arn);
  const session = sessionToken && expiration && accountId
    ? { credentials: { ...credentials, sessionToken, expiration }, arn, accountId }
    : undefined;
  return { credentials, arn, ...(session && { session }) };
}

async function callerArn(w: Asking, credentials: Credentials): Promise<string> {
  const arn = await call(w, { kind: "caller", credentials }, () => w.sts.getCallerIdentity(credentials));
  w.report.found("caller", arn);
  return arn;
}

function userSessionName(w: Asking, callerArn: string): string {
  const { name, kind } = callerSessionName(callerArn);
  const of = kind === "user" ? "the caller's IAM user name" : "an assumed role has no user name: its session name";
  w.report.found("session name", `${name}, ${of}`);
  return name;
}

async function step(w: Asking, at: Position, role: RoleRequest, userName: string | undefined): Promise<RoleSession> {
  if (at.session && isThere(at.session, role, w.system.now())) {
    w.report.found("role", `${at.session.arn} is the caller already; it is not assumed again`);
    return at.session;
  }
  refusePartition(at.arn, role);
  const input = await roleInput(w, at.credentials, role, userName);
  const attempt = { kind: "role", role, ...at } as const;
  return issued(w, await call(w, attempt, () => w.sts.assumeRole(at.credentials, input)), role);
}

async function assumeByToken(w: Asking, source: WebIdentityToken, role: RoleRequest): Promise<RoleSession> {
  const { system, deadline, secrets } = w;
  const attempt = { kind: "role", role } as const;
  const token = await call(w, { kind: "source", signer: w.plan.signer }, async () => {
    const { readToken } = await import("./signers/web_identity.ts");
    return await readToken(system, source, deadline.signal);
  });
  secrets.add(token);
  const input = await roleInput(w, undefined, role, undefined);
  return issued(w, await call(w, { ...attempt, token }, () => w.sts.assumeRoleWithWebIdentity(token, input)), role);
}

function issued(w: Asking, session: RoleSession, role?: RoleRequest): RoleSession {
  known(w, session.credentials);
  w.report.found(role ? "role" : "session", `${session.arn} until ${formatExpiration(session.credentials.expiration)}`);
  // Of what arar sends, only these can make a session token too large.
  const packed = role && (role.policy !== undefined || role.policyArns.length > 0 || role.tags.length > 0);
  if (packed && session.tokenUtilization !== undefined) {
    w.report.found("token size", `${session.tokenUtilization} % of the maximum`);
  }
  return session;
}

async function roleInput(
  { system, deadline, report, secrets }: Asking,
  credentials: Credentials | undefined,
  role: RoleRequest,
  userName: string | undefined,
): Promise<AssumeRoleInput> {
  const { mfa, sessionName, durationSeconds, ...rest } = role;
  const capped = exceedsChain(role, credentials);
  if (capped) {
    report.warn(
      `${quote(role.roleArn)} is assumed with temporary credentials (role chaining), which AWS limits to one hour: ` +
        `asking for ${CHAINED_SECONDS} s instead of ${durationSeconds} s`,
    );
  }
  const code = mfa && await deadline.exclude(() => tokenCode(system, mfa.serialNumber, mfa.code));
  secrets.add(code);
  return {
    ...rest,
    sessionName: sessionName.kind === "user-name" ? userName ?? "" : sessionName.value,
    ...(durationSeconds !== undefined && { durationSeconds: capped ? CHAINED_SECONDS : durationSeconds }),
    ...(mfa && code !== undefined && { mfa: { serialNumber: mfa.serialNumber, code } }),
  };
}
