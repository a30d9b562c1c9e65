/**
 * The whole program as one walk: words, settings, credentials, environment, command, exit code.
 * It alone prints failures; what each step does it must not know.
 *
 * @module
 */

import { formatExpiration, type RoleSession } from "./aws/credentials.ts";
import { parseArgs, type ParsedArgs } from "./cli/args.ts";
import { renderHelp } from "./cli/help.ts";
import { ArarError, describeFailure, quote } from "./errors.ts";
import {
  type Assumed,
  describePlan,
  maskSession,
  printSession,
  refuseUnrunnable,
  runCommand,
} from "./use/use_session.ts";
import { readEnv, readSettings } from "./plan.ts";
import { createReport } from "./report.ts";
import { hideSecrets, knownSecrets } from "./secrets.ts";
import { obtainSession, renewSession } from "./obtain_session.ts";
import type { Action } from "./settings/action.ts";
import type { System } from "./system.ts";
import { versionLine } from "./version.ts";

type RunArgs = Extract<ParsedArgs, { kind: "run" }>;

/** Runs arar; the result is the exit code. Nothing is thrown. */
export async function run(system: System): Promise<number> {
  try {
    return await carryOut(system, parseArgs(system.args));
  } catch (error) {
    const { exitCode, text } = describeFailure(error);
    system.writeStderr(hideSecrets(text, secretsOf(system)));
    return exitCode;
  }
}

/** The same system, which says no secret. */
function withoutSecrets(system: System, secrets: readonly string[]): System {
  return {
    ...system,
    ask: (question) => system.ask(hideSecrets(question, secrets)),
    writeStderr: (text) => system.writeStderr(hideSecrets(text, secrets)),
  };
}

/** Without the permission to read the environment nothing of it can stand in a message either. */
function secretsOf(system: Pick<System, "env">): readonly string[] {
  try {
    return knownSecrets(system.env());
  } catch {
    return [];
  }
}

async function carryOut(system: System, parsed: ParsedArgs): Promise<number> {
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
      return await runAsRole(system, parsed);
    default:
      return parsed satisfies never;
  }
}

async function runAsRole(system: System, { options, command }: RunArgs): Promise<number> {
  system.restoreEnv();
  system.guardSignals();
  const env = readEnv(system);
  const settings = await readSettings(system, { options, env }, command);
  refuseUnrunnable(system, env, settings.action);
  const discreet = withoutSecrets(system, knownSecrets(env, settings.childEnv.hide));
  const report = createReport(discreet, settings.verbose);
  for (const { field, value, from } of settings.decisions) report.found(field, `${value} (${from})`);
  if (settings.action.kind === "plan") {
    return print(system, await describePlan(system, { settings, env, report }, settings.action));
  }
  const session = await obtainSession(discreet, settings, report);
  refuseOtherAccount(session, settings.expectAccounts);
  // What is told to GitHub Actions are secrets.
  await maskSession(system, settings, session);
  const renew = () => renewSession(discreet, settings, report);
  return await act(discreet, { settings, env, session, report, renew }, settings.action);
}

async function act(system: System, assumed: Assumed, action: Exclude<Action, { kind: "plan" }>): Promise<number> {
  const { arn, credentials } = assumed.session;
  switch (action.kind) {
    case "check":
      system.writeStderr(`arar: ${arn} until ${formatExpiration(credentials.expiration)}\n`);
      return 0;
    case "run":
      return await runCommand(system, assumed, action);
    case "print":
      return print(system, await printSession(system, assumed, action.format));
    default:
      return action satisfies never;
  }
}

async function emptyCache(system: System): Promise<number> {
  const { clearCache } = await import("./use/cache_file.ts");
  const { folder, count } = await clearCache(system);
  system.writeStderr(`arar: removed ${count} from the cache ${quote(folder)}\n`);
  return 0;
}

function refuseOtherAccount({ arn, accountId }: RoleSession, expected: readonly string[]): void {
  if (expected.length === 0 || expected.includes(accountId)) return;
  throw new ArarError(
    `role session ${quote(arn)} is in account ${accountId}, --expect-account demands ${expected.join(" or ")}; ` +
      "nothing was run",
  );
}

function print(system: Pick<System, "writeStdout">, text: string): number {
  try {
    system.writeStdout(text);
    return 0;
  } catch (error) {
    // A reader that has seen enough (`arar --help | head -1`) is no failure.
    if (error instanceof Error && error.name === "BrokenPipe") return 0;
    throw new ArarError("cannot write to stdout", { cause: error });
  }
}
