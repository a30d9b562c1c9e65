/** Gets the session of a run, from the cache or from STS, and renews it. Every session passes the same checks. */

import { askCallerArn, type AssumePlan, assumeRoles, type Listeners } from "./aws/assume.ts";
import type { RoleSession } from "./aws/credentials.ts";
import { rolesOf } from "./aws/role_request.ts";
import { admit } from "./aws/session.ts";
import { ArarError } from "./errors.ts";
import type { Settings } from "./settings/settings.ts";
import type { System } from "./system.ts";
import { cachedCaller, cachedSession } from "./use/cache.ts";

/** Returns the session, from the cache if `--cache` is on and a stored one is still good. */
export async function obtainSession(system: System, settings: Settings, listeners: Listeners): Promise<RoleSession> {
  return checked(await cachedOrNew(system, settings, listeners), system, settings, listeners);
}

/**
 * Requests a new session for a running command, which must be of the same role as the first. The command is using the terminal,
 * so arar cannot prompt for an MFA code.
 */
export async function renewSession(
  system: System,
  settings: Settings,
  listeners: Listeners,
  first: RoleSession,
): Promise<RoleSession> {
  if (rolesOf(settings.target).some(({ mfa }) => mfa)) {
    throw new ArarError("it needs an MFA code, but the command is using the terminal");
  }
  const plan: AssumePlan = { ...settings, terminalIsTaken: true };
  return checked(await assumeRoles(system, plan, listeners), system, settings, listeners, first);
}

function checked(
  session: RoleSession,
  { now }: Pick<System, "now">,
  { endpoint, expectAccounts, target }: Settings,
  { secrets }: Listeners,
  first?: RoleSession,
): RoleSession {
  const roleArn = rolesOf(target).at(-1)?.roleArn;
  const accounts = expectAccounts.map(({ value }) => value);
  return admit(session, { secrets, now: now(), roleArn, isAws: endpoint.url === undefined, accounts, first });
}

async function cachedOrNew(system: System, settings: Settings, listeners: Listeners): Promise<RoleSession> {
  const { cache, signer, target } = settings;
  const { report } = listeners;
  if (!cache) return await assumeRoles(system, settings, listeners);
  if (signer.kind !== "keys" || signer.credentials.sessionToken !== undefined) {
    report.found("cache", "not used: no long-lived secret key to encrypt it with");
    return await assumeRoles(system, settings, listeners);
  }
  const { credentials } = signer;
  const place = {
    system,
    env: settings.env,
    credentials,
    say: (line: string) => report.found("cache", line),
    ...cache,
  };
  const roles = rolesOf(target);
  const request = { region: settings.region.sts, endpoint: settings.endpoint };
  // An access key never changes its user, so the ARN can be cached separately and for longer than a session.
  const isNamedAfterUser = roles.some(({ sessionName }) => sessionName.kind === "user-name");
  const callerArn = () => askCallerArn(system, settings, credentials, listeners);
  return await cachedSession(place, { ...request, roles }, async () => {
    const caller = isNamedAfterUser ? await cachedCaller(place, request, callerArn) : undefined;
    return await assumeRoles(system, settings, listeners, caller);
  });
}
