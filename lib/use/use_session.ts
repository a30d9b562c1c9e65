/**
 * What is done with a role session once it is there: a command runs with it, or it is printed.
 * It must not know how the session was had, nor how it is renewed.
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

/** Runs the command with the session; the result is the exit code. */
export async function runCommand(
  system: System,
  assumed: Assumed,
  { command, by }: Extract<Action, { kind: "run" }>,
): Promise<number> {
  if (by === "refresh") return await runRefreshed(system, assumed, command);
  changeEnvironment(system, assumed, keyVariables(assumed.session));
  return by === "exec" ? execCommand(system, command) : await runChild(system, command);
}

/** Prints the session: the result is for stdout. */
export async function printSession(system: System, assumed: Assumed, format: PrintFormat): Promise<string> {
  const { session, settings, env } = assumed;
  // A file of variables is for an environment that has none of ours, the region included.
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

/** The plan of the run, for stdout; a word of the command that holds a secret is masked. */
export async function describePlan(
  system: System,
  { settings, env, report }: Pick<Assumed, "settings" | "env" | "report">,
  { format, command, by }: Extract<Action, { kind: "plan" }>,
): Promise<string> {
  const { renderPlanJson, renderPlanText } = await import("../settings/show_plan.ts");
  const { stsUrl } = await import("../aws/assume.ts");
  const names = by === "refresh" ? SET_BY_REFRESH : SET;
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

/** Makes GitHub Actions hide the session's secrets, where that is wanted. */
export async function maskSession(system: System, { mask }: Settings, session: RoleSession): Promise<void> {
  if (!mask) return;
  const { maskSecrets } = await import("./mask.ts");
  await maskSecrets(system, session);
}

async function runRefreshed(system: System, assumed: Assumed, command: readonly string[]): Promise<number> {
  const { session, settings, report } = assumed;
  if (settings.roles.some(({ mfa }) => mfa)) {
    const end = formatExpiration(session.credentials.expiration);
    report.warn(`the session cannot be renewed after ${end}: that takes an MFA code, and the command has the terminal`);
  }
  // Last of all, when nothing of ours is left to be cleared away: it may be our death.
  return await endLike(system, await runBesideEndpoint(system, assumed, command));
}

async function runBesideEndpoint(system: System, assumed: Assumed, command: readonly string[]): Promise<ChildEnd> {
  const { env, session, settings, report } = assumed;
  const { startRefresh } = await import("./refresh.ts");
  const { hideDefaultProfile } = await import("./default_profile.ts");
  const { sharedFilePaths } = await import("../profile/file_paths.ts");
  await using copies = await hideDefaultProfile(system, env, sharedFilePaths(env, system));
  await using refresh = await startRefresh(system, {
    session,
    assume: async () => {
      const next = await assumed.renew();
      await maskSession(system, settings, next);
      return next;
    },
    say: (line) => report.found("refresh", line),
  });
  const restore = changeEnvironment(system, assumed, { ...copies.env, ...refresh.env });
  const running = waitForChild(system, command);
  // The command has its environment by now. Ours must be what it was: the source is asked again at each renewal.
  restore();
  return await running;
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
