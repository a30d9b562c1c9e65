/** Gets the session of a run: from the cache, otherwise from STS. */

import { askCallerArn, assumeRoles, type Listeners } from "./aws/assume.ts";
import type { RoleSession } from "./aws/credentials.ts";
import { rolesOf } from "./aws/role_request.ts";
import { ArarError } from "./errors.ts";
import type { Settings } from "./settings/settings.ts";
import type { System } from "./system.ts";
import { cachedCaller, cachedSession } from "./use/cache.ts";

/** Returns the role session, from the cache if `--cache` is on and a stored one is still good. */
export async function obtainSession(system: System, settings: Settings, listeners: Listeners): Promise<RoleSession> {
  const { cache, signer, target } = settings;
  const { report } = listeners;
  if (!cache) return await assume(system, settings, listeners);
  if (signer.kind !== "keys" || signer.credentials.sessionToken !== undefined) {
    report.found("cache", "not used: no long-lived secret key to encrypt it with");
    return await assume(system, settings, listeners);
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
    return await assume(system, settings, listeners, caller);
  });
}

/** Requests a new session for a running command. That is using the terminal, so arar cannot prompt for an MFA code. */
export async function renewSession(system: System, settings: Settings, listeners: Listeners): Promise<RoleSession> {
  if (rolesOf(settings.target).some(({ mfa }) => mfa)) {
    throw new ArarError("it needs an MFA code, but the command is using the terminal");
  }
  return await assume(system, { ...settings, terminalIsTaken: true }, listeners);
}

/** `caller` is the caller's ARN, if it is already known. */
async function assume(
  system: System,
  settings: Settings & { readonly terminalIsTaken?: boolean },
  listeners: Listeners,
  caller?: string,
) {
  return await assumeRoles(system, settings, listeners, caller);
}
