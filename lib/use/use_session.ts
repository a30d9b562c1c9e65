/** Runs a command with a session, prints the session, or shows the plan. */

import { environmentChange, keyVariables } from "./command_env.ts";
import { MARKER, SET, SET_BY_REFRESH } from "../variables.ts";
import { type Listeners, stsUrl } from "../aws/assume.ts";
import { formatExpiration, hasExpiration, type RoleSession, type Session } from "../aws/credentials.ts";
import { needsCode } from "../aws/role_request.ts";
import { refuseLossyArguments, refuseMissingCommand } from "../child/command.ts";
import { execCommand, requireExec, runChild, waitForChild } from "../child/hand_over.ts";
import { endLike } from "../child/status.ts";
import { ArarError, quote, reasonOf } from "../errors.ts";
import { listNames, type Report } from "../report.ts";
import type { Env } from "../sourced.ts";
import type { Action, PrintFormat, Settings } from "../settings/settings.ts";
import type { System } from "../system.ts";
import type { ChildEnd } from "../system/processes.ts";

/** An issued session, and what a run needs to use it. */
export interface Assumed {
  readonly settings: Settings;
  readonly session: Session;
  readonly report: Report;
  /** Requests a new session like this one. */
  readonly renew: () => Promise<Session>;
}

/** Refuses a command that cannot be run, before any credentials are requested. */
export function refuseUnrunnable(system: System, env: Env, action: Action): void {
  if (action.kind !== "run") return;
  if (action.by === "exec") requireExec(system);
  else refuseLossyArguments(system, action.command);
  refuseMissingCommand(system, env, action.command);
}

/** Runs the command with the session; returns its exit code. */
export async function runCommand(
  system: System,
  assumed: Assumed,
  { command, by }: Extract<Action, { kind: "run" }>,
): Promise<number> {
  if (by === "refresh") return await runRefreshed(system, assumed, command);
  changeEnvironment(system, assumed, keyVariables(assumed.session));
  return by === "exec" ? execCommand(system, command) : await runChild(system, command);
}

/** Returns the session as text for stdout, or appends it to a file. */
export async function printSession(system: System, assumed: Assumed, format: PrintFormat): Promise<string> {
  const { session, settings } = assumed;
  const { env } = settings;
  // The file is for another environment, which may not even have our region.
  const inherited = format === "env" ? {} : env;
  // In the shell or job that reads the output, the variables for arar itself and for the token are harmless and stay.
  const choice = { keep: settings.commandEnv.keep, hide: [] };
  const change = environmentChange(keyVariables(session), settings.region, inherited, choice);
  const { renderCredentials, renderGithubEnv } = await import("./print.ts");
  if (format !== "github") {
    return renderCredentials(format, { session, change, region: settings.region.child?.name });
  }
  const path = env.GITHUB_ENV ?? "";
  const { text, inherited: profiles } = renderGithubEnv(change, env, system.randomBytes);
  for (const name of profiles) {
    assumed.report.warn(
      `later steps still get ${name}, which GITHUB_ENV cannot unset and some SDKs prefer to keys; set it only for this step`,
    );
  }
  try {
    await system.appendToFile(path, text);
  } catch (cause) {
    throw new ArarError(`cannot append to ${quote(path)}, which GITHUB_ENV names: ${reasonOf(cause)}`, { cause });
  }
  return "";
}

/** The plan of the run, for stdout. */
export async function describePlan(
  system: System,
  settings: Settings,
  listeners: Listeners,
  { format, command, by }: Extract<Action, { kind: "plan" }>,
): Promise<string> {
  const { renderPlanJson, renderPlanText } = await import("../settings/views.ts");
  const { env } = settings;
  const names = by === "refresh" ? await namesSetByRefresh(system, settings) : SET;
  const variables = Object.fromEntries([...names, MARKER].map((name) => [name, ""]));
  const { set, unset } = environmentChange(variables, settings.region, env, settings.commandEnv);
  const plan = {
    settings,
    endpoint: (await stsUrl(settings)).origin,
    set: Object.keys(set),
    removed: unset.filter((name) => name in env),
    command,
    by,
    hide: listeners.secrets.hide,
  };
  return format === "json" ? renderPlanJson(plan) : renderPlanText(plan);
}

async function namesSetByRefresh(system: System, settings: Settings): Promise<readonly string[]> {
  const { env, config } = await refreshProfile(system, settings);
  return [...SET_BY_REFRESH, ...Object.keys(env), ...config === undefined ? [] : ["AWS_CONFIG_FILE"]];
}

/** Makes GitHub Actions mask the session's credentials, if `--mask` is on. */
export async function maskSession(system: System, { mask, env }: Settings, session: Session): Promise<void> {
  if (!mask) return;
  const { maskSecrets } = await import("./print.ts");
  maskSecrets(system, env, session);
}

async function runRefreshed(system: System, assumed: Assumed, command: readonly string[]): Promise<number> {
  const { settings, report } = assumed;
  const session = renewable(assumed.session);
  if (needsCode(settings.target)) {
    const end = formatExpiration(session.credentials.expiration);
    report.warn(
      `the session expires at ${end} and cannot be renewed: it needs an MFA code, but the command is using the terminal`,
    );
  }
  // Last, after all cleanup: it may kill us.
  return await endLike(system, await runBesideEndpoint(system, assumed, session, command));
}

/** Without an expiration nobody knows when to renew it, and clients reject what the endpoint serves. */
function renewable(session: Session): RoleSession {
  if (hasExpiration(session)) return session;
  throw new ArarError(`--refresh cannot renew session ${quote(session.arn)}: its source does not say when it expires`, {
    hints: ["drop --refresh, or let the source's program return an Expiration"],
  });
}

async function runBesideEndpoint(
  system: System,
  assumed: Assumed,
  session: RoleSession,
  command: readonly string[],
): Promise<ChildEnd> {
  const { settings, report } = assumed;
  const { startRefresh } = await import("./refresh.ts");
  const { temporaryFile } = await import("./refresh_profile.ts");
  const profile = await refreshProfile(system, settings);
  for (const section of profile.omitted) {
    report.warn(
      `with --refresh the command cannot use ${section}, which holds keys; move them to the credentials file`,
    );
  }
  using refresh = startRefresh(system, {
    session,
    isRenewable: !needsCode(settings.target),
    assume: async () => renewable(await assumed.renew()),
    say: (line) => report.found("refresh", line),
  });
  await using file = temporaryFile(system);
  // Undone once the command has started: each renewal reads the source credentials again and needs the original
  // environment.
  return await waitForChild(system, command, () => {
    const { env, config } = profile;
    const replaced = config === undefined ? {} : { AWS_CONFIG_FILE: file.write(config) };
    return changeEnvironment(system, assumed, { ...refresh.env, ...env, ...replaced });
  });
}

async function refreshProfile(system: System, { env, commandEnv }: Settings) {
  const { readRefreshProfile } = await import("./refresh_profile.ts");
  const { botoFilePaths, sharedFilePaths } = await import("../profile/shared_files.ts");
  const keepsProfile = env.AWS_PROFILE !== undefined && commandEnv.keep.includes("AWS_PROFILE");
  const files = { ...sharedFilePaths(env, system), boto: botoFilePaths(env, system) };
  return await readRefreshProfile(system, files, keepsProfile);
}

/**
 * Changes our own environment, which the command inherits: the only way to pass on values that are not UTF-8. Returns a
 * function that undoes it.
 */
function changeEnvironment(
  system: Pick<System, "deleteEnv" | "setEnv">,
  { settings, session, report }: Assumed,
  variables: Readonly<Record<string, string>>,
): () => void {
  const { env, region, commandEnv } = settings;
  const { set, unset } = environmentChange({ ...variables, [MARKER]: session.arn }, region, env, commandEnv);
  const removed = unset.filter((name) => name in env);
  for (const line of [...listNames("set", Object.keys(set)), ...listNames("removed", removed)]) {
    report.found("environment", line);
  }
  const invalid = Object.entries(set).find(([, value]) => value.includes("\0"));
  if (invalid) throw new ArarError(`cannot set ${invalid[0]} for the command: its value contains a NUL character`);
  const names = [...unset, ...Object.keys(set)];
  const replace = (values: Readonly<Record<string, string>>) => {
    // Delete first: if a name occurs twice, setting it replaces only the first one, and some shells read the last.
    for (const name of names) system.deleteEnv(name);
    for (const [name, value] of Object.entries(values)) system.setEnv(name, value);
  };
  replace(set);
  return () => replace(Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name))));
}
