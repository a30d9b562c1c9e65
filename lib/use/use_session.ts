/**
 * What is done with a role session: a command runs with it, or it is printed.
 *
 * @module
 */

import { environmentChange, keyVariables, SET, SET_BY_REFRESH } from "./command_env.ts";
import { formatExpiration, type RoleSession } from "../aws/credentials.ts";
import { refuseLossyArguments } from "../child/arguments.ts";
import { execCommand, requireExec } from "../child/exec.ts";
import { refuseMissingCommand } from "../child/lookup.ts";
import { runChild, waitForChild } from "../child/spawn.ts";
import { endLike } from "../child/status.ts";
import { ArarError } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { ProgramReport } from "../report.ts";
import { hideSecrets, knownSecrets } from "../secrets.ts";
import type { Settings } from "../settings.ts";
import type { Action, PrintFormat } from "../settings/action.ts";
import type { System } from "../system.ts";
import type { ChildEnd } from "../system/processes.ts";

/** Everything that is known once the role is assumed. */
export interface Assumed {
  readonly settings: Settings;
  readonly env: Env;
  readonly session: RoleSession;
  readonly report: ProgramReport;
  /** Asks for a session like this one. */
  readonly renew: () => Promise<RoleSession>;
}

/** Refuses what cannot be run, before anybody is asked for credentials. */
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
  const { session, settings, env } = assumed;
  // A file of variables is for another environment, which does not even have our region.
  const inherited = format === "env" ? {} : env;
  const change = environmentChange(keyVariables(session), settings.region, inherited, settings.childEnv);
  const { renderCredentials, renderGithubEnv } = await import("./print.ts");
  if (format !== "github") {
    return renderCredentials(format, { session, change, region: settings.region.child?.name });
  }
  const path = env.GITHUB_ENV ?? "";
  try {
    await system.appendToFile(path, renderGithubEnv(change, system.randomBytes));
  } catch (cause) {
    throw new ArarError(`cannot append to ${path}, which GITHUB_ENV names`, { cause });
  }
  return "";
}

/** The plan of the run, for stdout, with secrets masked. */
export async function describePlan(
  system: System,
  { settings, env, report }: Pick<Assumed, "settings" | "env" | "report">,
  { format, command, by }: Extract<Action, { kind: "plan" }>,
): Promise<string> {
  const { renderPlanJson, renderPlanText } = await import("../settings/show_plan.ts");
  const { stsUrl } = await import("../aws/assume.ts");
  const names = by === "refresh" ? await namesSetByRefresh(system, { settings, env }) : SET;
  const variables = Object.fromEntries(names.map((name) => [name, ""]));
  const { set, unset } = environmentChange(variables, settings.region, env, settings.childEnv);
  const { signer } = settings;
  const secrets = [
    ...knownSecrets(env, settings.childEnv.hide),
    ...signer.kind === "keys" ? [signer.credentials.secretAccessKey, signer.credentials.sessionToken ?? ""] : [],
  ].filter((secret) => secret !== "");
  const plan = {
    settings,
    endpoint: (await stsUrl(system, settings, report)).origin,
    set: Object.keys(set),
    removed: unset.filter((name) => name in env),
    command: command.map((word) => hideSecrets(word, secrets)),
    by,
  };
  return hideSecrets(format === "json" ? renderPlanJson(plan) : renderPlanText(plan), secrets);
}

async function namesSetByRefresh(system: System, given: Pick<Assumed, "env" | "settings">): Promise<readonly string[]> {
  const { env, config } = await refreshProfile(system, given);
  return [...SET_BY_REFRESH, ...Object.keys(env), ...config === undefined ? [] : ["AWS_CONFIG_FILE"]];
}

/** Makes GitHub Actions hide the session's credentials, if that was asked for. */
export async function maskSession(system: System, { mask }: Settings, session: RoleSession): Promise<void> {
  if (!mask) return;
  const { maskSecrets } = await import("./mask.ts");
  await maskSecrets(system, session);
}

async function runRefreshed(system: System, assumed: Assumed, command: readonly string[]): Promise<number> {
  const { session, settings, report } = assumed;
  if (settings.roles.some(({ mfa }) => mfa)) {
    const end = formatExpiration(session.credentials.expiration);
    report.warn(
      `the session expires at ${end} and cannot be renewed: that takes an MFA code, and the command has the terminal`,
    );
  }
  // Last of all, with everything cleared away: it may kill us.
  return await endLike(system, await runBesideEndpoint(system, assumed, command));
}

async function runBesideEndpoint(system: System, assumed: Assumed, command: readonly string[]): Promise<ChildEnd> {
  const { session, settings, report } = assumed;
  const { startRefresh } = await import("./refresh.ts");
  const { temporaryFile } = await import("./refresh_profile.ts");
  const profile = await refreshProfile(system, assumed);
  for (const section of profile.left) {
    report.warn(
      `the command cannot use ${section}, which holds keys, with --refresh; move them to the credentials file`,
    );
  }
  await using refresh = await startRefresh(system, {
    session,
    assume: async () => {
      const next = await assumed.renew();
      await maskSession(system, settings, next);
      return next;
    },
    say: (line) => report.found("refresh", line),
  });
  await using file = temporaryFile(system);
  // Undone once the command has started: at each renewal the source is asked again, with the environment that it was in.
  return await waitForChild(system, command, () => {
    const { env, config } = profile;
    const replaced = config === undefined ? {} : { AWS_CONFIG_FILE: file.write(config) };
    return changeEnvironment(system, assumed, { ...refresh.env, ...env, ...replaced });
  });
}

async function refreshProfile(system: System, { env, settings }: Pick<Assumed, "env" | "settings">) {
  const { readRefreshProfile } = await import("./refresh_profile.ts");
  const { botoFilePaths, sharedFilePaths } = await import("../profile/file_paths.ts");
  const keepsProfile = env.AWS_PROFILE !== undefined && settings.childEnv.keep.includes("AWS_PROFILE");
  const files = { ...sharedFilePaths(env, system), boto: botoFilePaths(env, system) };
  return await readRefreshProfile(system, files, keepsProfile);
}

/**
 * The one change of our own environment, which the command inherits: only so do values arrive that are not UTF-8. The returned
 * function undoes it.
 */
function changeEnvironment(
  system: Pick<System, "deleteEnv" | "setEnv">,
  { settings, env, report }: Assumed,
  variables: Readonly<Record<string, string>>,
): () => void {
  const { set, unset } = environmentChange(variables, settings.region, env, settings.childEnv);
  const removed = unset.filter((name) => name in env);
  report.found("environment", `set ${Object.keys(set).join(", ")}; removed ${removed.join(", ") || "nothing"}`);
  const invalid = Object.entries(set).find(([, value]) => value.includes("\0"));
  if (invalid) throw new ArarError(`cannot set ${invalid[0]} for the command: its value contains a NUL character`);
  const names = [...unset, ...Object.keys(set)];
  const replace = (values: Readonly<Record<string, string>>) => {
    // All are deleted first: if a name occurs twice, setting it replaces only the first, and some shells read the last.
    for (const name of names) system.deleteEnv(name);
    for (const [name, value] of Object.entries(values)) system.setEnv(name, value);
  };
  replace(set);
  return () => replace(Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name))));
}
