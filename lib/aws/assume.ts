/**
 * The walk along a chain of roles: who signs, one AssumeRole after the other, the last session is the result.
 * It must not know where the plan came from, nor what the session is for.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import type { System } from "../system.ts";
import { readCaBundle } from "./ca_bundle.ts";
import { CHAINED_SECONDS, exceedsChain, isThere, refusePartition } from "./role_chain.ts";
import { type Credentials, formatExpiration, type RoleSession } from "./credentials.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import { type Endpoint, isCleartext } from "./endpoint.ts";
import { type Attempt, explainFailure } from "./explain.ts";
import type { RoleRequest } from "./role_request.ts";
import type { Signer } from "./signer.ts";
import { trustingFetch } from "./connection.ts";
import { type SdkHandler, sdkHandler } from "./http.ts";
import { tokenCode } from "./mfa.ts";
import type { Region } from "./region.ts";
import { VERSION } from "../version.ts";
import { accountOf } from "./role_arn.ts";
import { callerSessionName } from "./session_name.ts";
import type { AssumeRoleInput, Sts } from "./sts.ts";

/** What of the world a walk uses. */
export type AssumeSystem =
  & Pick<System, "ask" | "canTrust" | "captureShell" | "env" | "fetch" | "now" | "proxyOf" | "randomBytes">
  & Pick<System, "readStdinLine" | "readTextFile" | "sleep" | "withEnv" | "writeStderr">;

/** What a walk is told. */
export interface AssumePlan {
  readonly signer: Signer;
  readonly roles: readonly [RoleRequest, ...RoleRequest[]];
  readonly region: Region;
  readonly endpoint: Endpoint;
  readonly timeoutSeconds: number;
  /** Whether a command has the terminal already, so that nothing else may ask on it. */
  readonly terminalIsTaken?: boolean;
}

/** How a walk speaks: what it found out, and what the user should know. */
export interface Report {
  found(field: "caller" | "session name" | "role" | "duration" | "token size", value: string): void;
  warn(message: string): void;
}

/** What a walk has at hand at every step. */
interface Walk {
  readonly system: AssumeSystem;
  readonly plan: AssumePlan;
  readonly report: Report;
  readonly sts: Sts;
  readonly handler: SdkHandler;
  readonly deadline: Deadline;
}

/** Where a walk stands: as whom the next request is signed. */
interface Position {
  /** Absent before a web identity's role. */
  readonly credentials?: Credentials;
  /** The caller's ARN, where it is known. */
  readonly arn?: string;
  /** The caller's session, where this run has it whole. */
  readonly session?: RoleSession;
}

/** Assumes the roles of the plan; throws an `ArarError` that says what failed and what to do. */
export async function assumeRoles(
  system: AssumeSystem,
  plan: AssumePlan,
  report: Report,
  /** The caller's ARN, where it is known. */
  caller?: string,
): Promise<RoleSession> {
  return await withSts(system, plan, report, (w) => walk(w, caller));
}

/** The ARN of whom these credentials are. */
export async function askCallerArn(
  system: AssumeSystem,
  plan: AssumePlan,
  credentials: Credentials,
  report: Report,
): Promise<string> {
  return await withSts(system, plan, report, (w) => callerArn(w, credentials));
}

/** Where STS would be asked. */
export async function stsUrl(system: AssumeSystem, plan: AssumePlan, report: Report): Promise<URL> {
  return await withSts(system, plan, report, ({ sts }) => sts.url());
}

async function withSts<Value>(
  system: AssumeSystem,
  plan: AssumePlan,
  report: Report,
  use: (w: Walk) => Promise<Value>,
): Promise<Value> {
  const { endpoint, region, timeoutSeconds } = plan;
  if (endpoint.url && isCleartext(endpoint.url.value)) {
    report.warn(`requests to ${endpoint.url.value} are not encrypted: anyone on the way can read them`);
  }
  const caCerts = await readCaBundle(system, endpoint.caBundle);
  const { createSts } = await import("./sts.ts");
  const deadline = createDeadline(system, timeoutSeconds);
  const { signal } = deadline;
  const fetch = trustingFetch(system, caCerts, deadline.begin);
  const handler = sdkHandler({ fetch });
  try {
    const sts = createSts({
      region: region.sts,
      endpoint,
      handler,
      signal,
      now: system.now,
      userAgent: ["arar", VERSION],
    });
    return await use({ system: { ...system, fetch }, plan, report, sts, handler, deadline });
  } finally {
    deadline.stop();
  }
}

async function walk(w: Walk, caller: string | undefined): Promise<RoleSession> {
  const { signer, roles } = w.plan;
  let at: Position = signer.kind === "web-identity" ? {} : await start(w, signer);
  const userName = roles.some(({ sessionName }) => sessionName.kind === "user-name");
  if (caller !== undefined) at = { ...at, arn: caller };
  else if (userName && at.credentials) at = await askCaller(w, at, at.credentials);
  const name = userName && at.arn ? userSessionName(w, at.arn) : undefined;
  for (const role of roles) at = await step(w, at, role, name);
  if (!at.session) throw new ArarError("no role was assumed");
  return at.session;
}

async function start(w: Walk, signer: Exclude<Signer, { kind: "web-identity" }>): Promise<Position> {
  if (signer.kind === "keys") return { credentials: signer.credentials };
  // Only here: the providers are many, and exported keys need none of them.
  const { sourceCredentials } = await import("./signers/source_credentials.ts");
  const { system, handler, deadline, plan: { region, terminalIsTaken } } = w;
  // These have requests of their own, which do not come by here.
  deadline.begin();
  const context = { env: system.env(), region: region.sts, signal: deadline.signal, mayPrompt: !terminalIsTaken };
  const ask = () => sourceCredentials(signer, { system, handler, ...context });
  return { credentials: await call(w, { kind: "source", signer }, ask) };
}

async function askCaller(w: Walk, at: Position, credentials: Credentials): Promise<Position> {
  const arn = await callerArn(w, credentials);
  const { sessionToken, expiration } = credentials;
  const accountId = accountOf(arn);
  const session = sessionToken && expiration && accountId
    ? { credentials: { ...credentials, sessionToken, expiration }, arn, accountId }
    : undefined;
  return { ...at, arn, ...(session && { session }) };
}

async function callerArn(w: Walk, credentials: Credentials): Promise<string> {
  const arn = await call(w, { kind: "caller", credentials }, () => w.sts.getCallerIdentity(credentials));
  w.report.found("caller", arn);
  return arn;
}

function userSessionName(w: Walk, callerArn: string): string {
  const { name, kind } = callerSessionName(callerArn);
  const of = kind === "user" ? "the caller's IAM user name" : "an assumed role has no user name: its session name";
  w.report.found("session name", `${name}, ${of}`);
  return name;
}

async function step(w: Walk, at: Position, role: RoleRequest, userName: string | undefined): Promise<Position> {
  if (at.session && isThere(at.session, role, w.system.now())) {
    w.report.found("role", `${at.session.arn} is the caller already; it is not assumed again`);
    return at;
  }
  refusePartition(at.arn, role);
  const input = await roleInput(w, at, role, userName);
  const attempt = { kind: "role", role, ...at, code: input.mfa?.code } as const;
  const signer = at.credentials ?? await call(w, attempt, () => identityToken(w));
  const session = typeof signer === "string"
    ? await call(w, { ...attempt, token: signer }, () => w.sts.assumeRoleWithWebIdentity(signer, input))
    : await call(w, attempt, () => w.sts.assumeRole(signer, input));
  w.report.found("role", `${session.arn} until ${formatExpiration(session.credentials.expiration)}`);
  // Of what arar sends, only these can make a session token too large.
  const packed = role.policy !== undefined || role.policyArns.length > 0 || role.tags.length > 0;
  if (packed && session.tokenUtilization !== undefined) {
    w.report.found("token size", `${session.tokenUtilization} % of the maximum`);
  }
  return { credentials: session.credentials, arn: session.arn, session };
}

async function identityToken({ system, plan: { signer }, deadline }: Walk): Promise<string> {
  if (signer.kind !== "web-identity") throw new ArarError("nobody signs the first request");
  const { readToken } = await import("./signers/web_identity.ts");
  return await readToken(system, signer.token, deadline.signal);
}

async function roleInput(
  { system, deadline, report }: Walk,
  at: Position,
  role: RoleRequest,
  userName: string | undefined,
): Promise<AssumeRoleInput> {
  const { mfa, sessionName, durationSeconds, ...rest } = role;
  const capped = exceedsChain(role, at.credentials);
  if (capped) {
    report.warn(
      `${quote(role.roleArn)} is assumed with temporary credentials (role chaining), which AWS limits to one hour: ` +
        `asking for ${CHAINED_SECONDS} s instead of ${durationSeconds} s`,
    );
  }
  const code = mfa && await deadline.exclude(() => tokenCode(system, mfa.serialNumber, mfa.code));
  return {
    ...rest,
    sessionName: sessionName.kind === "user-name" ? userName ?? "" : sessionName.value,
    ...(durationSeconds !== undefined && { durationSeconds: capped ? CHAINED_SECONDS : durationSeconds }),
    ...(mfa && code !== undefined && { mfa: { serialNumber: mfa.serialNumber, code } }),
  };
}

async function call<Value>(w: Walk, attempt: Attempt, work: () => Promise<Value>): Promise<Value> {
  try {
    return await w.deadline.race(work());
  } catch (error) {
    const { host } = await w.sts.url();
    throw explainFailure(error, attempt, { host, region: w.plan.region.sts, now: w.system.now() });
  }
}
