/** Gets the session of a run, from the cache or from STS, and renews it. Every session passes the same checks. */

import { type AssumePlan, assumeRoles, type Listeners } from "./aws/assume.ts";
import { hasExpiration, type RoleSession, type Session } from "./aws/credentials.ts";
import { admit } from "./aws/session.ts";
import { needsCode, rolesOf } from "./aws/role_request.ts";
import { ArarError } from "./errors.ts";
import type { Settings } from "./settings/settings.ts";
import type { System } from "./system.ts";
import { cachedSession } from "./use/cache.ts";

/** Returns the session, from the cache if `--cache` is on and a stored one is still good. */
export async function obtainSession(system: System, settings: Settings, listeners: Listeners): Promise<Session> {
  const session = await cachedOrNew(system, settings, listeners);
  return checked(await withPolicy(session, system, settings, listeners), system, settings, listeners);
}

/**
 * Requests a new session for a running command, which must be of the same role as the first. The command is using the terminal,
 * so arar cannot prompt for an MFA code.
 */
export async function renewSession(
  system: System,
  settings: Settings,
  listeners: Listeners,
  first: Session,
): Promise<Session> {
  if (needsCode(settings.target)) {
    throw new ArarError("it needs an MFA code, but the command is using the terminal");
  }
  const plan = { ...settings, terminalIsTaken: true };
  const session = await withPolicy(await assumeRoles(system, plan, listeners), system, plan, listeners);
  return checked(session, system, settings, listeners, first);
}

/** Narrows a session of the user in a second call, so that one MFA code serves many narrowed commands. */
async function withPolicy(
  session: Session,
  system: System,
  plan: AssumePlan,
  listeners: Listeners,
): Promise<Session> {
  const { signer, target } = plan;
  if (target.kind !== "user-session" || target.policy === undefined || signer.kind !== "keys") return session;
  const { policy } = target;
  const narrowing: AssumePlan = {
    ...plan,
    signer: { ...signer, credentials: session.credentials },
    target: { kind: "narrowed", policy },
  };
  return await assumeRoles(system, narrowing, listeners);
}

function checked(
  session: Session,
  { now }: Pick<System, "now">,
  { endpoint, expectAccounts, target }: Settings,
  { secrets }: Listeners,
  first?: Session,
): Session {
  const roleArn = rolesOf(target).at(-1)?.roleArn;
  const accounts = expectAccounts.map(({ value }) => value);
  return admit(session, { secrets, now: now(), roleArn, isAws: endpoint.url === undefined, accounts, first });
}

async function cachedOrNew(system: System, settings: Settings, listeners: Listeners): Promise<Session> {
  const { cache, signer, target } = settings;
  const { report } = listeners;
  if (!cache) return await assumeRoles(system, settings, listeners);
  if (signer.kind !== "keys" || signer.credentials.sessionToken !== undefined) {
    report.found("cache", "not used: no long-lived secret key to encrypt it with");
    return await assumeRoles(system, settings, listeners);
  }
  const { env, region, endpoint } = settings;
  const say = (line: string) => report.found("cache", line);
  const user = target.kind === "user-session"
    ? { user: { durationSeconds: target.durationSeconds, serialNumber: target.mfa?.serialNumber } }
    : {};
  return await cachedSession(
    { system, env, credentials: signer.credentials, say, ...cache },
    { roles: rolesOf(target), ...user, region: region.sts, endpoint },
    async () => issuedBySts(await assumeRoles(system, settings, listeners)),
  );
}

/** With long-lived keys only STS issues sessions. */
function issuedBySts(session: Session): RoleSession {
  if (hasExpiration(session)) return session;
  throw new TypeError("a session of STS has an expiration");
}
