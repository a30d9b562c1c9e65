/** The whole program: arguments, settings, session, command, exit code. The only place that prints errors. */

import { stsUrl } from "./aws/ask_sts.ts";
import { describeSession } from "./aws/credentials.ts";
import { secretsOf } from "./aws/signer.ts";
import { parseArgs, type ParsedArgs } from "./cli/args.ts";
import { renderHelp } from "./cli/help.ts";
import { ArarError, describeFailure, escapeControls, quote } from "./errors.ts";
import { obtainSession, renewSession } from "./obtain_session.ts";
import { createReport, type Report } from "./report.ts";
import { Secrets } from "./secrets.ts";
import { readEnv } from "./settings/values.ts";
import { type Action, readSettings, type Settings } from "./settings/settings.ts";
import type { Env } from "./sourced.ts";
import type { System } from "./system.ts";
import {
  type Assumed,
  describePlan,
  maskSession,
  printSession,
  refuseUnrunnable,
  runCommand,
} from "./use/use_session.ts";
import { versionLine } from "./version.ts";

type RunArgs = Extract<ParsedArgs, { kind: "run" }>;

/** Runs arar and returns the exit code. Never throws. */
export async function run(system: System): Promise<number> {
  const secrets = new Secrets();
  // Leaves the module's top level. While that is on the stack, V8 parses the whole file again for each error, even a caught
  // one.
  await undefined;
  try {
    return await carryOut(system, parseArgs(system.args), secrets);
  } catch (error) {
    // parseArgs() can fail before the environment has been read. If Deno does not permit reading it, no message can
    // contain any of it.
    secrets.addEnv(envIfPermitted(system));
    const { exitCode, text } = describeFailure(error, secrets.hide);
    system.writeStderr(text);
    return exitCode;
  }
}

function envIfPermitted(system: Pick<System, "env">): Env {
  try {
    return system.env();
  } catch {
    return {};
  }
}

async function carryOut(system: System, parsed: ParsedArgs, secrets: Secrets): Promise<number> {
  switch (parsed.kind) {
    case "help":
      return print(system, renderHelp());
    case "version":
      return print(system, versionLine(system));
    case "completions": {
      const { renderCompletion } = await import("./cli/completion.ts");
      return print(system, renderCompletion(parsed.shell));
    }
    case "clear-cache":
      return await emptyCache(system);
    case "run":
      return await runAsRole(system, parsed, secrets);
    default:
      return parsed satisfies never;
  }
}

async function runAsRole(system: System, { options, command }: RunArgs, secrets: Secrets): Promise<number> {
  system.restoreEnv();
  system.guardSignals();
  const env = readEnv(system);
  secrets.addEnv(env);
  for (const code of [options.tokenCode].flat()) if (typeof code === "string") secrets.add(code);
  const settings = readSettings(system, { options, env }, command);
  for (const secret of secretsOf(settings.signer)) secrets.add(secret);
  refuseUnrunnable(system, env, settings.action);
  const masked = withSecretsMasked(system, secrets);
  const report = createReport(masked, settings.verbose, secrets.hide);
  const listeners = { report, secrets };
  if (settings.action.kind === "plan") {
    return print(system, await describePlan(masked, settings, listeners, settings.action));
  }
  if (settings.verbose) await reportDecisions(settings, report);
  const session = await obtainSession(masked, settings, listeners);
  // Not through `masked`: GitHub Actions needs the secrets themselves.
  await maskSession(system, settings, session);
  const renew = async () => {
    const next = await renewSession(masked, settings, listeners, session);
    await maskSession(system, settings, next);
    return next;
  };
  return await act(masked, { settings, session, report, renew }, settings.action);
}

async function reportDecisions(settings: Settings, report: Report): Promise<void> {
  const { shownDecisions } = await import("./settings/views.ts");
  const { origin } = await stsUrl(settings);
  for (const { field, shown } of shownDecisions(settings, origin)) report.found(field, shown);
}

/** The same system, with secrets masked in everything it writes. */
function withSecretsMasked(system: System, { hide }: Secrets): System {
  return {
    ...system,
    ask: (question) => system.ask(hide(question)),
    writeStderr: (text) => system.writeStderr(hide(text)),
  };
}

async function act(system: System, assumed: Assumed, action: Exclude<Action, { kind: "plan" }>): Promise<number> {
  switch (action.kind) {
    case "check":
      return print(system, `${escapeControls(describeSession(assumed.session))}\n`);
    case "run":
      return await runCommand(system, assumed, action);
    case "print":
      return print(system, await printSession(system, assumed, action.format));
    default:
      return action satisfies never;
  }
}

async function emptyCache(system: System): Promise<number> {
  const { clearCache } = await import("./use/cache.ts");
  const { folder, count } = await clearCache(system, readEnv(system));
  system.writeStderr(`arar: removed ${count} from the cache ${quote(folder)}\n`);
  return 0;
}

function print(system: Pick<System, "writeStdout">, text: string): number {
  try {
    system.writeStdout(text);
    return 0;
  } catch (error) {
    // A reader that closes the pipe early (`arar --help | head -1`) is not a failure.
    if (error instanceof Error && error.name === "BrokenPipe") return 0;
    throw new ArarError("cannot write to stdout", { cause: error });
  }
}
