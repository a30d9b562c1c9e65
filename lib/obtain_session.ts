/**
 * How a run comes by its role session: from the cache, else from STS.
 * It must not know what the session is for.
 *
 * @module
 */

import type { RoleSession } from "./aws/credentials.ts";
import { ArarError } from "./errors.ts";
import type { ProgramReport } from "./report.ts";
import type { Settings } from "./settings.ts";
import type { System } from "./system.ts";

/** The role session of this run. */
export async function obtainSession(system: System, settings: Settings, report: ProgramReport): Promise<RoleSession> {
  const { cache, signer, roles } = settings;
  if (!cache) return await assume(system, settings, report);
  if (signer.kind !== "keys" || signer.credentials.sessionToken !== undefined) {
    report.found("cache", "not used: the source has no long-lived secret to encrypt with");
    return await assume(system, settings, report);
  }
  const { cachedCaller, cachedSession } = await import("./use/cache.ts");
  const place = { system, signer: signer.credentials, say: (line: string) => report.found("cache", line), ...cache };
  const request = { region: settings.region.sts, endpoint: settings.endpoint };
  // A key belongs to one user for good: only a new session needs to know which.
  const userName = roles.some(({ sessionName }) => sessionName.kind === "user-name");
  const ask = async () => {
    const { askCallerArn } = await import("./aws/assume.ts");
    return await askCallerArn(system, settings, signer.credentials, report);
  };
  return await cachedSession(place, { ...request, roles }, async () => {
    const caller = userName ? await cachedCaller(place, request, ask) : undefined;
    return await assume(system, settings, report, caller);
  });
}

/** A new session for a run that has one already, while its command has the terminal. */
export async function renewSession(system: System, settings: Settings, report: ProgramReport): Promise<RoleSession> {
  if (settings.roles.some(({ mfa }) => mfa)) {
    throw new ArarError("that takes an MFA code, and the command has the terminal");
  }
  return await assume(system, { ...settings, terminalIsTaken: true }, report);
}

/** `caller` is the caller's ARN, where it is known. */
async function assume(
  system: System,
  settings: Settings & { readonly terminalIsTaken?: boolean },
  report: ProgramReport,
  caller?: string,
) {
  // Loaded only now: a mistake in the settings is told, and a session of the cache is there, without waiting for it.
  // The SDK takes longest, so all begins at once.
  if (!settings.endpoint.url?.value.startsWith("http:")) system.prepareTls();
  const [{ assumeRoles }] = await Promise.all([import("./aws/assume.ts"), import("./aws/sts.ts")]);
  return await assumeRoles(system, settings, report, caller);
}
