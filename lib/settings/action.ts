/** What a run does with the session: run a command, print credentials, show the plan or only check. */

import { ArarError } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import type { Values } from "../cli/options.ts";
import { conflict } from "./values.ts";

/** How the command is run. */
export type RunBy = "spawn" | "exec" | "refresh";

/** A `--print` format that contains credentials. */
export type PrintFormat = Exclude<NonNullable<Values["print"]>["value"], "plan">;

/** What is done with the session, or instead of getting one. */
export type Action =
  /** No command: the role is only assumed. */
  | { readonly kind: "check" }
  | { readonly kind: "run"; readonly command: readonly [string, ...string[]]; readonly by: RunBy }
  | { readonly kind: "print"; readonly format: PrintFormat }
  | {
    readonly kind: "plan";
    readonly format: "text" | "json";
    readonly command: readonly string[];
    readonly by: RunBy;
  };

/** Reads the action; throws an `ArarError` if it is impossible. */
export function readAction(
  values: Values,
  env: Env,
  { command, os }: { readonly command: readonly string[]; readonly os: System["os"] },
): Action {
  const [program, ...words] = command;
  const format = values.print?.value;
  const isRun = program !== undefined && (format === undefined || format === "plan");
  if (!isRun) refuseIdle(values, format);
  const by = isRun ? runBy(values, os) : "spawn";
  if (format === "plan" || values.dryRun) {
    return { kind: "plan", format: format === "plan" ? "json" : "text", command, by };
  }
  if (format) {
    if (program !== undefined) {
      throw new ArarError(`--print ${format} cannot be combined with a command; drop one`);
    }
    if (format === "github") refuseOutsideGithub(env);
    return { kind: "print", format };
  }
  return program === undefined ? { kind: "check" } : { kind: "run", command: [program, ...words], by };
}

/** Refuses options that say how the command is run. In the environment they are for other runs. */
function refuseIdle({ refresh, exec }: Values, format: string | undefined): void {
  const idle = [refresh, exec].find((given) => given?.from.layer === "command-line");
  if (!idle) return;
  throw new ArarError(
    format === undefined || format === "plan"
      ? `${idle.from} requires a command`
      : `${idle.from} cannot be combined with --print ${format}, which runs no command; drop one`,
  );
}

function runBy({ refresh, exec }: Values, os: System["os"]): RunBy {
  if (exec && refresh && exec.from.layer === refresh.from.layer) {
    throw conflict(exec, refresh, "after --exec, arar is gone and cannot renew credentials");
  }
  // The command line overrides the environment.
  if (refresh && exec?.from.layer !== "command-line") return "refresh";
  if (exec && os === "windows") throw new ArarError(`${exec.from} is not available on Windows; drop it`);
  return exec ? "exec" : "spawn";
}

/** Outside of GitHub Actions nothing would mask the secrets or read the file. */
function refuseOutsideGithub(env: Env): void {
  if (env.GITHUB_ACTIONS === "true" && env.GITHUB_ENV) return;
  throw new ArarError("--print github is for GitHub Actions, but GITHUB_ACTIONS or GITHUB_ENV is not set");
}
